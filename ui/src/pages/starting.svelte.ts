import { go } from '../app/route.svelte';
import { words } from '../i18n/index.svelte';
import * as ipc from '../ipc';
import type { Opened } from '../ipc/types/Opened';

/** A record that was just opened by its own screen, handed to the screen that fills it in. */
let handed: Opened | null = null;

export function takeHanded(record: string): Opened | null {
  const opened = handed?.record === record ? handed : null;
  handed = null;
  return opened;
}

/** Starting a new record from a form. */
export class Starting {
  busy = $state(false);
  code = $state<string | null>(null);

  get problem(): string | null {
    return this.code === null ? null : words('error', this.code);
  }

  async start(formId: string, project: string | null): Promise<void> {
    this.busy = true;
    this.code = null;
    try {
      handed = await ipc.startRecord(formId, project);
      go({ at: 'fill', record: handed.record });
    } catch (thrown) {
      this.code = ipc.toCommandError(thrown).code;
    } finally {
      this.busy = false;
    }
  }
}
