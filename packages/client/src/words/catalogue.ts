import type { EndingKey } from './endings.js';
import type { EventKey } from './events.js';
import type { Rule } from './forms.js';

type Texts<Key extends string> = Readonly<Record<Key, string>>;

/** What the pages of every front end say alike. */
export interface PageWords {
  /** What happened, in the history. */
  readonly event: Texts<EventKey>;
  /** Why a session ended. */
  readonly ending: { readonly title: Texts<EndingKey>; readonly text: Texts<EndingKey> };
  /** What is wrong with what was typed; `{limit}` is to be filled in. */
  readonly rule: Texts<Rule>;
  /** What a field takes, told before anything is typed. */
  readonly hint: Texts<'username' | 'password' | 'displayName'>;
}
