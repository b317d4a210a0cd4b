import type { SyncView } from '../ipc/types/SyncView';
import type { IconName } from '../shared/icons';

/** How the exchange stands for a person: what the device tells, and whether all is well where nothing is going on. */
export type Standing = 'unknown' | 'idle' | 'never' | 'waiting' | 'syncing' | 'offline' | 'refused';

export function standingOf(view: SyncView | null): Standing {
  if (view === null) return 'unknown';
  if (view.state !== 'idle') return view.state;
  if (view.lastSync === null) return 'never';
  return view.unsent.records > 0 || view.unsent.entries > 0 ? 'waiting' : 'idle';
}

export const STANDING_ICON: Record<Standing, IconName> = {
  unknown: 'cloud',
  idle: 'cloudDone',
  never: 'cloud',
  waiting: 'send',
  syncing: 'sync',
  offline: 'offline',
  refused: 'alert',
};
