import { zhCN as shared } from '@tigertally/client/words/zh-CN';
import type { FirstWords } from './en';

const zhCN: FirstWords = {
  ...shared,
  app: { name: '虎符', loading: '正在加载' },
  title: {
    signIn: '登录',
    register: '注册账号',
    forgotten: '重置密码',
    profile: '个人中心',
    devices: '我的设备',
    history: '登录记录',
    files: '我的文件',
    security: '账号安全',
    notFound: '页面不存在',
  },
  nav: {
    main: '主导航',
    skip: '跳到正文',
    open: '打开菜单',
    close: '收起菜单',
  },
  look: { dark: '切换到深色', light: '切换到浅色' },
  connection: {
    offline: '网络已断开，当前内容可能不是最新的。',
    reconnecting: '正在重新连接服务器，您仍处于登录状态。',
  },
  unreachable: {
    title: '暂时连不上服务器',
    hint: '您可能仍处于登录状态。我们会不断重试，连上后自动继续。',
  },
  load: {
    offline: '加载失败',
    offlineHint: '服务器没有响应。请检查网络，恢复后会自动重试。',
    refused: '加载失败',
    page: '页面加载失败。',
    retry: '重试',
  },
  form: {
    username: '用户名',
    usernameOrEmail: '用户名或邮箱',
    usernameEmailOrPhone: '用户名、邮箱或手机号',
    password: '密码',
    newPassword: '新密码',
    passwordOf: '{name} 的密码',
    showPassword: '显示密码',
    hidePassword: '隐藏密码',
    capsLock: '大写锁定已打开。',
    cancel: '取消',
    save: '保存',
    saved: '已保存。',
    offline: '服务器没有响应，未作任何更改，请重试。',
    ended: '登录已失效，请重新登录。',
    refused: '操作失败，请重试。',
  },
  strength: {
    0: '极易被猜到',
    1: '容易被猜到',
    2: '强度一般',
    3: '强度较高',
    4: '强度很高',
  },
  signIn: {
    submit: '登录',
    remember: '记住我',
    newHere: '还没有账号？',
    forgotten: '忘记密码？',
    how: '登录方式',
    password: '密码',
    code: '验证码',
  },
  register: {
    submit: '注册',
    how: '注册方式',
    email: '邮箱（选填）',
    haveAccount: '已有账号？',
  },
  farewell: {
    asking: '已在此设备退出登录，正在通知服务器。',
    confirmed: '已退出登录，此设备和服务器上均已失效。',
    unreached:
      '仅在此设备退出了登录：暂时连不上服务器。恢复连接后会立即通知；否则本次登录将于 {until} 自动失效。',
    itsTime: '到期时',
    passwordReset: '密码已重置，所有设备均已退出登录。请用新密码登录。',
    deleted: '账号已注销，所有登录均已失效。如需保留，请在 14 天内重新登录。',
  },
  ended: {
    when: '时间',
    device: '设备',
    address: 'IP 地址',
    again: '重新登录',
    notMe: '不是我本人操作',
    leave: '不保存并离开',
  },
  provider: {
    signIn: '微信登录',
    returning: '请稍候。',
    cancelled: '微信未确认，未做任何更改。',
    back: '返回',
    name: {
      'wechat-mini': '微信小程序',
      'wechat-web': '微信',
      'douyin-mini': '抖音小程序',
    },
  },
  notFound: {
    title: '页面不存在',
    hint: '地址可能有误，或页面已经移走。',
    home: '回到首页',
  },
};

export default zhCN;
