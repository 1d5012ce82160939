import type { EventName, HistoryEvent } from '@tigertally/client';
import type { IconName } from '@/shell/icons';

interface Look {
  /** Key below `event` in the catalogue. */
  readonly key: string;
  readonly icon: IconName;
}

/** Subject and action of a name. */
type Deed<Name> = Name extends `${string}:${infer Rest}` ? Rest : never;

/** What the contract has names for, except for what stands in no user's own history. */
type Known = Exclude<
  Deed<EventName>,
  'keys:rotated' | 'keys:retired' | 'user:purged' | 'token:refused'
>;

/** By subject and action; the source (who acted) is told apart where it matters to the user. */
const LOOKS: Readonly<Record<Known, Look> & Record<string, Look>> = {
  'user:registered': { key: 'registered', icon: 'plus' },
  'user:created': { key: 'created', icon: 'plus' },
  'user:imported': { key: 'created', icon: 'plus' },
  'user:updated': { key: 'updated', icon: 'info' },
  'user:promoted': { key: 'promoted', icon: 'key' },
  'user:deleted': { key: 'deletionAsked', icon: 'trash' },
  'user:disabled': { key: 'disabled', icon: 'cross' },
  'user:enabled': { key: 'enabled', icon: 'check' },
  'deletion:cancelled': { key: 'deletionCancelled', icon: 'check' },
  'user:reauthenticated': { key: 'reauthenticated', icon: 'key' },
  'user:reauthentication_refused': { key: 'reauthenticationRefused', icon: 'cross' },
  'session:opened': { key: 'opened', icon: 'check' },
  'session:refused': { key: 'refused', icon: 'cross' },
  'session:ended': { key: 'ended', icon: 'exit' },
  'session:replaced': { key: 'replaced', icon: 'exit' },
  'session:kicked': { key: 'kicked', icon: 'exit' },
  'session:evicted': { key: 'evicted', icon: 'exit' },
  'refresh:refused': { key: 'refreshRefused', icon: 'cross' },
  'refresh:reused': { key: 'refreshReused', icon: 'alert' },
  'lockout:began': { key: 'lockoutBegan', icon: 'alert' },
  'lockout:refused': { key: 'lockoutRefused', icon: 'cross' },
  'lockout:ended': { key: 'lockoutEnded', icon: 'check' },
  'access:refused': { key: 'accessRefused', icon: 'cross' },
  'csrf:refused': { key: 'csrfRefused', icon: 'alert' },
  'code:refused': { key: 'codeRefused', icon: 'cross' },
  'password:changed': { key: 'passwordChanged', icon: 'key' },
  'password:change_refused': { key: 'passwordChangeRefused', icon: 'cross' },
  'password:set': { key: 'passwordSet', icon: 'key' },
  'email:verified': { key: 'emailVerified', icon: 'check' },
  'password:rehashed': { key: 'passwordRehashed', icon: 'key' },
  'file:added': { key: 'fileAdded', icon: 'upload' },
  'file:deleted': { key: 'fileDeleted', icon: 'trash' },
  'identity:linked': { key: 'identityLinked', icon: 'plus' },
  'identity:link_refused': { key: 'identityLinkRefused', icon: 'cross' },
  'identity:unlinked': { key: 'identityUnlinked', icon: 'exit' },
  'identity:withdrawn': { key: 'identityWithdrawn', icon: 'exit' },
  'phone:read': { key: 'phoneRead', icon: 'app' },
};

/** What to call an event and how to draw it; new names of a newer server get general words. */
export function lookOf({ name, outcome }: Pick<HistoryEvent, 'name' | 'outcome'>): Look {
  const known = LOOKS[name.split(':').slice(1).join(':')];
  return known ?? { key: 'other', icon: outcome === 'failure' ? 'cross' : 'info' };
}
