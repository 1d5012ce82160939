/** What a page can say of a failure that no server put into words. */
import type { ClientCode } from '../errors.js';
import type { WarningCode } from '../types.js';

type Words = Readonly<Record<ClientCode | WarningCode | 'other', string>>;

const en: Words = {
  network_error: 'The server could not be reached. Please check your connection.',
  timeout: 'The server did not answer in time. Please try again.',
  malformed_answer: 'The server sent an answer that we do not understand. Please try again later.',
  unexpected_status: 'Something went wrong on the server. Please try again later.',
  refresh_braked: 'Please wait a moment and try again.',
  refresh_postponed: 'Please wait a moment and try again.',
  aborted: 'Cancelled.',
  body_not_replayable: 'This could not be sent. Please try again.',
  not_signed_in: 'You are signed out. Please sign in again.',
  session_changed: 'Somebody else is signed in now. Please reload the page.',
  superseded: 'You signed in or out in the meantime. Please try again.',
  cookies_unavailable: 'Your browser did not keep the cookies of this site. Please allow them.',
  invalid_options: 'Something went wrong. Please try again.',
  disposed: 'Something went wrong. Please try again.',
  storage_unavailable:
    'Your browser cannot store anything here: reloading the page will sign you out.',
  storage_corrupt: 'Your sign-in could not be read. Please sign in again.',
  storage_schema: 'This page was updated. Please reload it.',
  name_ignored: 'Something went wrong. Please try again.',
  listener_failed: 'Something went wrong. Please try again.',
  other: 'Something went wrong. Please try again.',
};

const zh: Words = {
  network_error: '无法连接服务器，请检查网络。',
  timeout: '服务器响应超时，请重试。',
  malformed_answer: '服务器返回的内容无法识别，请稍后再试。',
  unexpected_status: '服务器出现问题，请稍后再试。',
  refresh_braked: '请稍候再试。',
  refresh_postponed: '请稍候再试。',
  aborted: '已取消。',
  body_not_replayable: '发送失败，请重试。',
  not_signed_in: '您已退出登录，请重新登录。',
  session_changed: '当前已登录其他账号，请刷新页面。',
  superseded: '登录状态刚刚发生变化，请重试。',
  cookies_unavailable: '浏览器没有保存本站的 Cookie，请在设置中允许。',
  invalid_options: '操作失败，请重试。',
  disposed: '操作失败，请重试。',
  storage_unavailable: '浏览器无法保存登录状态，刷新页面后需重新登录。',
  storage_corrupt: '登录信息无法读取，请重新登录。',
  storage_schema: '页面已更新，请刷新。',
  name_ignored: '操作失败，请重试。',
  listener_failed: '操作失败，请重试。',
  other: '操作失败，请重试。',
};

/**
 * The text of a failure, or of a `warning`, for people: the server's own where it spoke, else one of
 * ours in `language` (`zh…` is Chinese, everything else English).
 */
export function textOf(
  { code, message = code }: { readonly code: string; readonly message?: string },
  language: string,
): string {
  if (message !== code) return message;
  const words = /^zh\b/i.test(language) ? zh : en;
  return (words as Readonly<Record<string, string>>)[code] ?? words.other;
}
