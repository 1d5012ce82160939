import type { HistoryEvent } from '@/api/history';
import type { IconName } from '@/shell/icons';

interface Look {
  /** Key below `event` in the catalogue. */
  readonly key: string;
  readonly icon: IconName;
}

/** By subject and action; the source (who acted) is told apart where it matters to the user. */
const LOOKS: Readonly<Record<string, Look>> = {
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
  'password:changed': { key: 'passwordChanged', icon: 'key' },
  'password:set': { key: 'passwordSet', icon: 'key' },
  'password:rehashed': { key: 'passwordRehashed', icon: 'key' },
};

/** What to call an event and how to draw it; new names of a newer server get general words. */
export function lookOf({ name, outcome }: Pick<HistoryEvent, 'name' | 'outcome'>): Look {
  const known = LOOKS[name.split(':').slice(1).join(':')];
  return known ?? { key: 'other', icon: outcome === 'failure' ? 'cross' : 'info' };
}
