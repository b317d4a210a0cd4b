import { expect, it } from 'vitest';
import type { SyncView } from '../ipc/types/SyncView';
import { standingOf } from './words';

const view = (more: Partial<SyncView>): SyncView => ({ state: 'idle', hubUrl: '', lastSync: 1, lastAttempt: 1, nextAttempt: null, unsent: { records: 0, entries: 0, stuck: 0 }, progress: null, problem: null, log: [], ...more });

it('says that all is well only when it is', () => {
  expect(standingOf(null)).toBe('unknown');
  expect(standingOf(view({}))).toBe('idle');
  expect(standingOf(view({ unsent: { records: 1, entries: 2, stuck: 0 } }))).toBe('waiting');
  expect(standingOf(view({ unsent: { records: 0, entries: 1, stuck: 0 } }))).toBe('waiting');
  expect(standingOf(view({ lastSync: null }))).toBe('never');
  expect(standingOf(view({ state: 'offline', lastSync: null, unsent: { records: 1, entries: 1, stuck: 0 } }))).toBe('offline');
});
