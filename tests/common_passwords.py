"""Makes the list of common passwords: ``python -m tests.common_passwords`` writes it.

Sources: the password list of npm ``@zxcvbn-ts/language-common`` (MIT; made from public leaks and in
``node_modules`` for the page's strength meter), and words of our own: what people in China choose,
in pinyin, by sound (1314 is 一生一世, 520 is 我爱你) and on the keyboard.
"""

import gzip
import json
import subprocess
from itertools import product
from pathlib import Path
from typing import Final

from tigertally.core.common_passwords import LIST, normalised

ROOT: Final = Path(__file__).parents[1]
THEIRS_MAX: Final = 30_000
"""How many of the published list are taken, the commonest first: each costs memory in a worker."""

WRITTEN: Final = ROOT / "src/tigertally/core" / LIST

PHRASES: Final = """
woaini aini aiwo woaiwo woainima woaiwojia woaibaba woaimama woaizhongguo woaibeijing woaixuexi
woaininimen woxihuanni wodemima mima mimashi wodemingzi wobuzhidao wojiaoshenme nihao nihaoma
zhongguo zhonghua beijing shanghai guangzhou shenzhen chengdu chongqing hangzhou wuhan xian
nanjing tianjin suzhou qingdao dalian xiamen changsha zhengzhou kunming haerbin taiyuan jinan
hefei fuzhou shijiazhuang yiqie xingfu kuaile pingan jiankang facai gongxi gongxifacai xinnian
xinniankuaile laopo laogong baobao baobei xiaobao dabao erbao qinaide mama baba gege jiejie didi
meimei yeye nainai xiaoxiao xiaoming xiaohong xiaoli xiaogang xiaojun xiaoyu xiaolong xiaohu
xiaotian tiantian yangyang mingming lele doudou maomao gougou xiaomao xiaogou laohu dalaohu long
shenlong qinglong tiger hufu zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei
wangxiuying zhangli lixiuying wangli zhangjing zhangxiuying liqiang wangmin limin wanglei liuyang
wangyan wangyong lijun zhangyong lijie zhangjie zhanglei wangqiang lijuan wangjun zhangyan
zhangtao wangtao liyan wangchao liming liyong wangjuan liujie liumin lixia lili zhangchao wanggang
wangping liuyan liuyong chenjing chenwei chenyan yangyang yangyong yanghong zhaolei zhaojing
huangwei huangmin zhouwei zhoujie wujing wuyan sunwei sunli liudehua zhoujielun zhangxueyou
guodegang likaifu mayun mahuateng leijun renzhengfei taobao zhifubao weixin alipay tencent huawei
xiaomi baidu alibaba jingdong meituan douyin weibo kugou wangyi administrator guanliyuan xitong
guanli ceshi ceshizhanghao zhanghao yonghu yonghuming denglu dengluming gaosu kaixin wodeai
yongyuan yishengyishi tianchangdijiu shengrikuaile haohaoxuexi tiantianxiangshang dajiahao shijie
nihaoshijie meinv shuaige dashuaige xueshengxuesheng laoshi gongsi mingtian zuotian jintian haoren
huairen woshishui woshini woshiwo woshitiancai woshishen wudi wudiwudi daxia dage iloveyou iloveu
loveyou loveme mylove forever lovechina 我爱你 你好吗 生日快乐 新年快乐
"""
"""What people choose. Digits and signs around it are no disguise: `is_common` looks behind them."""

KEYS: Final = """
1qaz2wsx 1q2w3e4r 1q2w3e4r5t 1qaz2wsx3edc qwe123 asd123 zxc123 qweasd qweasdzxc qazwsx qazwsxedc
qwertyuiop asdfghjkl zxcvbnm 1qazxsw2 zaq12wsx zaq1xsw2 q1w2e3r4 q1w2e3r4t5 a1s2d3f4 1a2b3c4d
a1b2c3d4 123qwe 123asd 123qweasd 123abc abc123 qq123456 a123456 a12345678 a123456789 aa123456
asd123456 qwe123456 zxc123456 123456a 123456aa 123456abc 123456qq 123456q 1234qwer qwer1234
asdf1234 147258369 147852369 159357 159357258 123456789a 123654 123654789 789456123 741852963
963852741 321654987 112233 11223344 1122334455 5201314 52013140 201314 1314520 13145200 520520
5205201314 7758521 7758258 77585210 584520 5845201314 168168 16816888 888168 888888 66666666
88888888 00000000 31415926 3141592653 27182818 98765432 987654321 12344321 123321123 1234554321
12121212 123123123 147147147 100200300 963963963
"""


def theirs() -> list[str]:
    """Return the published list, the commonest first."""
    script = (
        "import { dictionary } from '@zxcvbn-ts/language-common';"
        "console.log(JSON.stringify(dictionary['passwords-common']))"
    )
    told = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: list[str] = json.loads(told.stdout)
    return found


def words() -> list[str]:
    """Return the whole list, normalised and sorted."""
    doubled = [first + second for first, second in product(PHRASES.split()[:6], repeat=2)]
    everything = [*theirs()[:THEIRS_MAX], *PHRASES.split(), *KEYS.split(), *doubled]
    return sorted({word for each in everything if len(word := normalised(each)) >= 3})


def packed() -> bytes:
    """Return the file's content; the same words give the same bytes."""
    return gzip.compress("\n".join(words()).encode(), mtime=0)


if __name__ == "__main__":
    WRITTEN.write_bytes(packed())
    print(f"{len(words())} passwords, {WRITTEN.stat().st_size} bytes")  # noqa: T201
