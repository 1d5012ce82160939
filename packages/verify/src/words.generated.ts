// Made from the contract by `npm run types`.
/** By code: the status of the answer, and what people read. */
export const REFUSALS = {
  token_missing: { status: 401, en: 'Please sign in first.', 'zh-CN': '请先登录。' },
  token_invalid: {
    status: 401,
    en: 'Your sign-in could not be verified. Please sign in again.',
    'zh-CN': '无法验证登录状态，请重新登录。',
  },
  token_expired: {
    status: 401,
    en: 'Your sign-in needs to be renewed. Please try again.',
    'zh-CN': '登录状态需要更新，请重试。',
  },
  session_ended: {
    status: 401,
    en: 'Your session has ended. Please sign in again.',
    'zh-CN': '登录已失效，请重新登录。',
  },
  forbidden: {
    status: 403,
    en: 'You do not have permission to do this.',
    'zh-CN': '您没有权限执行此操作。',
  },
  fresh_token_required: {
    status: 403,
    en: 'Please confirm your identity to continue.',
    'zh-CN': '请再次验证身份以继续。',
  },
  verifier_unavailable: {
    status: 503,
    en: 'We cannot check your sign-in at the moment. You stay signed in; please try again.',
    'zh-CN': '暂时无法确认登录状态，您的登录不受影响，请稍后重试。',
  },
} as const;

/** Why a session ended, for people. */
export const REASONS = {
  logged_out: { en: 'You signed out.', 'zh-CN': '您已退出登录。' },
  replaced: {
    en: 'Signed in on another device. Please sign in again to continue here.',
    'zh-CN': '已在其他设备登录。如需在此继续使用，请重新登录。',
  },
  kicked: {
    en: 'This device was signed out from another one. Please sign in again.',
    'zh-CN': '此设备已被下线，请重新登录。',
  },
  evicted: {
    en: 'You signed in on more devices than allowed, so the oldest was signed out. Please sign in again.',
    'zh-CN': '登录设备数超过上限，最早的登录已退出。请重新登录。',
  },
  disabled: {
    en: 'This account has been disabled. Please contact an administrator.',
    'zh-CN': '此账号已被停用，请联系管理员。',
  },
  password_changed: {
    en: 'The password was changed. Please sign in with the new password.',
    'zh-CN': '密码已修改，请使用新密码登录。',
  },
  refresh_reused: {
    en: 'This session was used in two places, so we ended it to protect you. Please sign in again, and change your password if this wasn’t you.',
    'zh-CN':
      '检测到该登录凭证在两处被使用，为保护您的账号，已结束此次登录。请重新登录；若非本人操作，请尽快修改密码。',
  },
  user_deleted: { en: 'This account has been deleted.', 'zh-CN': '此账号已注销。' },
  authorization_revoked: {
    en: 'You revoked permission in the app that you signed in with. Please sign in again to continue.',
    'zh-CN': '您已在登录平台撤回授权。如需继续使用，请重新登录。',
  },
  expired: {
    en: 'You have been signed in for as long as allowed. Please sign in again.',
    'zh-CN': '登录已到最长期限，请重新登录。',
  },
  idle: {
    en: 'You were signed out after a period of inactivity. Please sign in again.',
    'zh-CN': '长时间未使用，请重新登录。',
  },
} as const;
