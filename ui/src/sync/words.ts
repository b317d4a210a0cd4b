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

/** Bytes as people pay for them: `12.4 kB`, `1.3 MB`. */
export function showBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
