import * as ipc from '../ipc';

/** What a screen shows, fetched from the device and fetched again when the device says that something changed. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  problem = $state<string | null>(null);
  readonly #fetch: () => Promise<T>;
  #turn = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const value = await this.#fetch();
      // An older answer that arrives late is no longer asked for.
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = null;
    } catch (thrown) {
      if (turn === this.#turn) this.problem = ipc.toCommandError(thrown).code;
    }
  }

  /** Fetches now, at every change, and when an exchange ends (what was sent has travelled), until the returned function is called. */
  follow(): () => void {
    void this.load();
    let syncing = false;
    const stops = [
      ipc.listen('changed', () => void this.load()),
      ipc.listen('sync', ({ state }) => {
        if (syncing && state !== 'syncing') void this.load();
        syncing = state === 'syncing';
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
