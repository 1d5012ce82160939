import { zhCN as shared } from '@tigertally/client/words/zh-CN';

const two = (figure: number): string => String(figure).padStart(2, '0');

export const zhCN = {
  ...shared,
  app: '虎符',
  title: {
    profile: '我的',
    devices: '我的设备',
    history: '登录记录',
    signIn: '登录',
    register: '注册账号',
  },
  tab: { profile: '我的', devices: '设备', history: '记录' },
  language: { name: '简体中文', other: 'English', switch: '语言' },
  connection: { reconnecting: '正在重新连接服务器，您仍处于登录状态。' },
  load: {
    offline: '加载失败',
    offlineHint: '服务器没有响应，请检查网络后重试。',
    retry: '重试',
  },
  form: {
    username: '用户名',
    usernameOrEmail: '用户名或邮箱',
    password: '密码',
    newPassword: '新密码',
    email: '邮箱（选填）',
    show: '显示',
    hide: '隐藏',
    showPassword: '显示密码',
    hidePassword: '隐藏密码',
    offline: '服务器没有响应，未作任何更改，请重试。',
    platform: '微信暂时没有响应，请重试，或使用密码登录。',
  },
  signIn: {
    oneTap: '微信一键登录',
    oneTapHint: '首次登录会自动创建账号，无需密码。',
    withPassword: '使用密码登录',
    submit: '登录',
    newHere: '还没有账号？注册',
  },
  register: { submit: '注册并登录', haveAccount: '已有账号？登录' },
  farewell: {
    asking: '已在此设备退出登录，正在通知服务器。',
    confirmed: '已退出登录，此设备和服务器上均已失效。',
    unreached: (until: string) =>
      `仅在此设备退出了登录：暂时连不上服务器。服务器上的本次登录将于 ${until} 失效，也可以在其他设备上让它下线。`,
    itsTime: '到期时',
  },
  ended: {
    when: '时间',
    device: '设备',
    address: 'IP 地址',
  },
  profile: {
    memberSince: '注册时间',
    signedIn: '本次登录时间',
    email: '邮箱',
    notVerified: '未验证，登录请使用用户名',
  },
  session: {
    title: '本次登录',
    explained: '如同虎符分为两半，合在一起才有效：访问令牌用于访问，刷新令牌用于续期。',
    access: '访问令牌',
    refresh: '刷新令牌',
    left: '后自动续期',
    renewing: '正在续期',
    until: '到期，使用会自动延长',
    renewed: '两枚令牌均已续期。',
  },
  signOut: {
    short: '退出登录',
    explained: '本次登录会在此设备和服务器上立即失效，已签发的令牌及其副本都不能再用。',
    ask: '退出登录？',
    yes: '退出登录',
    no: '取消',
  },
  devices: {
    explained: '您的账号在这些设备上处于登录状态。在此下线后，该设备会立即退出登录。',
    this: '当前设备',
    unnamed: '未命名设备',
    activeNow: '正在使用',
    lastSeen: (time: string) => `${time}活跃`,
    since: (time: string) => `${time}登录`,
    end: '下线',
    ended: '该设备已下线。',
    endOthers: '退出其他所有设备',
    onlyThis: '目前只有这台设备登录了您的账号。',
    more: (count: number) => `再显示 ${count} 台`,
    askOne: '让该设备下线？',
    askOneWhat: (name: string) => `“${name}”会立即退出登录，并看到下线原因。`,
    askOthers: '退出其他所有设备？',
    askOthersWhat: (count: number) => `其他 ${count} 处登录会立即失效，当前设备不受影响。`,
    yes: '下线',
    yesAll: '全部退出',
    type: {
      web: '浏览器',
      h5: '手机网页',
      mini_program: '小程序',
      app: '手机应用',
      desktop: '桌面应用',
      api: '脚本',
    },
  },
  history: {
    explained: '账号的近期动态，按时间倒序。',
    empty: '暂无记录',
    emptyHint: '登录、退出和账号变更会显示在这里。',
    older: '加载更早的记录',
    notMe: '不是我本人操作',
    notMeHint: '请退出其他所有设备。',
    operator: '由管理员操作',
    failed: '失败',
  },
  time: {
    now: '刚刚',
    ago: (count: number, unit: TimeUnit) => `${count}${UNITS[unit]}前`,
    ahead: (count: number, unit: TimeUnit) => `${count}${UNITS[unit]}后`,
    today: '今天',
    yesterday: '昨天',
    day: (date: Date) =>
      `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日 星期${'日一二三四五六'.charAt(date.getDay())}`,
    full: (date: Date) =>
      `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日 ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  },
};

/** Units of a span of time. */
export type TimeUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute';

const UNITS: Readonly<Record<TimeUnit, string>> = {
  year: '年',
  month: '个月',
  week: '周',
  day: '天',
  hour: '小时',
  minute: '分钟',
};

/** What every language has to say. */
export type Words = typeof zhCN;
