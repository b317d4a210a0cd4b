import type { Changed } from './types/Changed';
import type { Failure } from './types/Failure';
import type { SyncView } from './types/SyncView';

/** What the device tells without being asked. */
export interface Events {
  /** How the exchange with the hub goes. */
  sync: SyncView;
  /** Something changed that this screen did not do. */
  changed: Changed;
  /** The tablet was locked. */
  locked: null;
}

/** One way to reach the device. Both ways carry the same commands, arguments and events. */
export interface Transport {
  call(command: string, args: Record<string, unknown>): Promise<unknown>;
  listen<E extends keyof Events>(event: E, heard: (payload: Events[E]) => void): () => void;
}

/** A command that did not succeed. Screens choose their words by `code`; nothing else of it is shown. */
export class CommandError extends Error {
  readonly code: string;
  readonly params: Record<string, string>;

  constructor(failure: Failure) {
    super(failure.code);
    this.name = 'CommandError';
    this.code = failure.code;
    this.params = failure.params;
  }
}

/** Reads whatever a transport threw as a failure; what is no `{code, params}` is `internal`. */
export function toCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    const params = 'params' in thrown && typeof thrown.params === 'object' ? thrown.params : null;
    return new CommandError({ code: thrown.code, params: { ...(params as Record<string, string> | null) } });
  }
  return new CommandError({ code: 'internal', params: {} });
}
