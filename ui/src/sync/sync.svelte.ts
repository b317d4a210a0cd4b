import * as ipc from '../ipc';
import type { SyncView } from '../ipc/types/SyncView';

/** How the exchange with the hub stands, as the device last told. */
class Sync {
  view = $state.raw<SyncView | null>(null);
  /** Why the device did not take the last request. */
  problem = $state<string | null>(null);

  follow(): () => void {
    void this.refresh();
    return ipc.listen('sync', (view) => {
      this.view = view;
    });
  }

  async refresh(): Promise<void> {
    try {
      this.view = await ipc.syncView();
    } catch {
      // The tablet was locked meanwhile; the next to open it asks again.
    }
  }

  async now(): Promise<void> {
    try {
      this.problem = null;
      this.view = await ipc.syncNow();
    } catch (thrown) {
      this.problem = ipc.toCommandError(thrown).code;
    }
  }
}

export const sync = new Sync();
