import * as ipc from '../ipc';
import type { SyncView } from '../ipc/types/SyncView';

/** How the exchange with the hub stands, as the device last told. */
class Sync {
  view = $state.raw<SyncView | null>(null);
  /** Why the device did not answer the last request. */
  problem = $state<string | null>(null);

  /** Whose view is asked for; a late answer is not the next person's. */
  #turn = 0;

  follow(): () => void {
    void this.refresh();
    return ipc.listen('sync', (view) => {
      this.view = view;
    });
  }

  /** The tablet is locked: the next person's view is another. */
  forget(): void {
    this.#turn += 1;
    this.view = null;
    this.problem = null;
  }

  async refresh(): Promise<void> {
    const turn = this.#turn;
    try {
      const view = await ipc.syncView();
      if (turn !== this.#turn) return;
      this.view = view;
      this.problem = null;
    } catch (thrown) {
      if (turn === this.#turn) this.problem = ipc.toCommandError(thrown).code;
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
