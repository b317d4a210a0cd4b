import * as ipc from '../ipc';
import type { Status } from '../ipc/types/Status';

/** Who has the tablet open, as the device last said. */
class Session {
  status = $state<Status | null>(null);
  /** Why the device could not be asked at all. */
  problem = $state<string | null>(null);

  async refresh(): Promise<void> {
    try {
      this.status = await ipc.status();
      this.problem = null;
    } catch (thrown) {
      this.problem = ipc.toCommandError(thrown).code;
    }
  }

  /** Somebody read that a damaged database was put aside. */
  async noteSetAside(): Promise<void> {
    try {
      this.status = await ipc.acknowledgeSetAside();
    } catch {
      await this.refresh();
    }
  }

  async lock(): Promise<void> {
    try {
      this.status = await ipc.lock();
    } catch {
      await this.refresh();
    }
  }
}

export const session = new Session();
