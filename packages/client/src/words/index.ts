/**
 * `@tigertally/client/words`: what pages say and by which rules they judge, once for web and mini
 * programs. Apart from the core, so that a page with words of its own pays nothing. The texts lie in
 * `@tigertally/client/words/en` and `…/zh-CN`, to be loaded one at a time.
 */
export { byDay, byOperator, lookOf } from './events.js';
export { endingOf } from './endings.js';
export { textOf } from './failures.js';
export {
  displayNameFault,
  emailFault,
  passwordFault,
  presenceFault,
  usernameFault,
} from './forms.js';
export { countdownText, dayOf } from './moments.js';
export type { PageWords } from './catalogue.js';
export type { EndingKey } from './endings.js';
export type { Day, EventKey, EventLook } from './events.js';
export type { Fault, Rule } from './forms.js';
