import type { SyncView } from '../ipc/types/SyncView';
import type { IconName } from '../shared/icons';

export function iconOf(view: SyncView | null): IconName {
  switch (view?.state) {
    case 'idle':
      return 'cloudDone';
    case 'syncing':
      return 'sync';
    case 'refused':
      return 'alert';
    case 'offline':
      return 'offline';
    default:
      return 'cloud';
  }
}
