/**
 * What people who write Chinese put into passwords, in letters: words, names, places, and the numbers
 * that sound like words. The most frequent first.
 */
export const PINYIN: readonly string[] = `
woaini woaini1314 1314520 5201314 520520 1314 521521 aini woaiwojia woaiwo woaiziji woxihuanni
iloveyou woaimama woaibaba woaizhongguo woaibeijing woshishui woshiwo woshini woshinidie woshitiancai
mima wodemima wangjimima wangle buzhidao nicai caicaikan mimamima meiyoumima jiandanmima
nihao nihaoma xiexie zaijian duibuqi meiguanxi haode haohao henhao kaixin kuaile xingfu jiankang
pingan yongyuan yibeizi zhenai aiqing lianai qingren zhiyouni xiangni sini haoxiangni yiqi
laopo laogong baobao baobei qinaide qinqin xiaobao dabao erbao beibei guaiguai xingan honey
mama baba gege jiejie didi meimei yeye nainai laoshi tongxue pengyou haoyou erzi nver xiongdi
xiaoming xiaohong xiaohua xiaoli xiaolong xiaoyu xiaoxue xiaobai xiaohei xiaomao xiaogou xiaozhu
xiaopeng xiaoqiang xiaofeng xiaojun xiaogang xiaodong xiaomei xiaofang xiaolin xiaoyan xiaowei
tiancai shagua bendan zhutou hundan dadiao laozi laoda dage shuaige meinv haoren huairen
tianxia diyi wudi tianxiadiyi feilong shenlong longlong tiantian mingming lanlan lili lulu yaya
dandan fangfang yanyan pingping jingjing honghong lingling tingting yuanyuan yingying juanjuan
niuniu maomao panpan huanhuan nini xixi haha hehe heihei hahaha wahaha
zhongguo zhonghua zhongguoren beijing shanghai guangzhou shenzhen tianjin chongqing chengdu wuhan
nanjing hangzhou xian suzhou changsha zhengzhou jinan qingdao dalian shenyang haerbin changchun
xiamen fuzhou kunming nanning guiyang haikou hefei nanchang taiyuan lanzhou hainan sichuan hunan
hubei henan hebei shandong shanxi guangdong guangxi zhejiang jiangsu jiangxi anhui fujian yunnan
guizhou liaoning jilin heilongjiang neimenggu xinjiang xizang qinghai ningxia gansu taiwan xianggang
aomen zhongshan dongguan foshan ningbo wuxi wenzhou
zhang wang li zhao chen liu yang huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng
xie han tang feng yu dong xiao cheng cao yuan deng xu fu shen zeng peng lv su lu jiang cai jia ding
wei xue ye yan pan du dai xia zhong tian ren fan fang shi yao tan liao zou xiong jin lu hao kong bai
cui kang mao qiu qin gu hou shao meng long wan duan lei qian tang yin li chang wu qiao he lai gong wen
zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei wangxiuying zhangli liqiang
wangqiang zhangjing wanglei liuyang chenjing yangyang zhaolei zhangtao wangyan zhangjie limei wangjun
liujie zhangyong lijun wangtao zhanglei chenwei zhouwei xujing huangwei zhaowei sunwei liming
zhangsan lisi wangwu zhaoliu zhangsanfeng
weixin weibo taobao tianmao zhifubao jingdong baidu tengxun alibaba huawei xiaomi wangyi youku
qqqqqq qq123456 qq123123 qqmima taobao123 wangba youxi chuanqi mengxiang mengxiangcheng
wangzherongyao yingxionglianmeng dianjing jidian
yiersansi yiersan yier yibaiwan facai gongxifacai dafacai baofu youqian zhuanqian wanshiruyi
xinnian xinniankuaile shengri shengrikuaile chunjie zhongqiu guoqing
taiyang yueliang xingxing tiankong dahai shamo gushan liushui fengyu xueye meigui mudan lianhua
pingguo xiangjiao putao xigua niunai kele kafei jidan mifan miantiao jiaozi huoguo
laohu shizi daxiang houzi laoshu xiaoniao jinyu heima qilin fenghuang qinglong baihu zhuque xuanwu
sunwukong zhubajie shaseng tangseng liubei guanyu zhangfei zhugeliang caocao diaochan zhaoyun lvbu
dajiahao zaoshanghao wanan zaoan jiayou nuli fendou chenggong shengli lixiang mengxiang weilai
xuexi gongzuo shangban xiaban huijia jiehun daxue gaozhong chuzhong xiaoxue banzhang laoban
admin guanliyuan yonghu denglu zhuce ceshi ceshizhanghao shiyan kaifa chengxuyuan
a123456 a123456789 abc123456 zxc123456 qwe123456 wang123456 zhang123456 li123456 asd123456 q123456
z123456 w123456 s123456 x123456 aa123456 aa123123 as123456 zz123456 woshi123 caonima
147258369 147258 159357 123654 123654789 789456123 7758521 7758258 584520 5845201314 3344520 123520
1314521 5211314 885588 668668 686868 168168 888888 88888888 666666 66668888 518518 1688 8888
`
  .trim()
  .split(/\s+/);
