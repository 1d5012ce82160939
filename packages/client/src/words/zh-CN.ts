import type { PageWords } from './catalogue.js';
import { event, rule } from './zh-CN.generated.js';
import { LIMITS } from './limits.generated.js';

/** {@link PageWords} in Chinese. */
export const zhCN: PageWords = {
  event: { ...event, other: '其他活动' },
  ending: {
    title: {
      replaced: '已在其他设备登录',
      kicked: '此设备已被下线',
      evicted: '登录设备数超过上限',
      disabled: '账号已被停用',
      password_changed: '密码已修改',
      refresh_reused: '为保护账号，登录已结束',
      user_deleted: '账号已注销',
      authorization_revoked: '已撤回授权',
      expired: '需要重新登录',
      idle: '长时间未使用',
      other: '登录已失效',
    },
    text: {
      replaced: '同一时间只能在一台设备上登录，因此这里已退出。',
      kicked: '另一台设备将此设备下线了。',
      evicted: '登录的设备数超过上限，最早的登录已退出。',
      disabled: '管理员停用了此账号，请与管理员联系。',
      password_changed: '其他设备均已退出，请使用新密码登录。',
      refresh_reused: '该登录凭证在两处被使用。请重新登录；若非本人操作，请尽快修改密码。',
      user_deleted: '如需撤回，请在数据清除前登录。',
      authorization_revoked: '您已在登录平台撤回授权。如需继续使用，请重新登录。',
      expired: '本次登录已到最长期限。',
      idle: '一段时间未使用后会自动退出登录。',
      other: '请重新登录后继续。',
    },
  },
  rule,
  hint: {
    username: `不超过 ${LIMITS.usernameMax} 个字符，也可以用邮箱地址。`,
    password: `${LIMITS.passwordMin} 至 ${LIMITS.passwordMax} 个字符，建议用几个互不相关的词。`,
    displayName: `我们对您的称呼，不超过 ${LIMITS.displayNameMax} 个字符。`,
  },
};
