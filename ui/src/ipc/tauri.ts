import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { toCommandError, type Transport } from './transport';

/** The app's own window: commands and events of the shell around it. */
export const tauri: Transport = {
  async call(command, args) {
    try {
      return await invoke(command, args);
    } catch (thrown) {
      throw toCommandError(thrown);
    }
  },

  listen(event, heard) {
    const stop = listen(event, ({ payload }) => {
      heard(payload as Parameters<typeof heard>[0]);
    });
    return () => void stop.then((unlisten) => {
      unlisten();
    });
  },
};
