import { CommandError, toCommandError, type Events, type Transport } from './transport';

/** A browser: `POST <base>/<command>` with the arguments as JSON, and server-sent events from `<base>/events`. */
export function http(base = 'ipc'): Transport {
  let events: EventSource | null = null;
  return {
    async call(command, args) {
      let response: Response;
      try {
        response = await fetch(`${base}/${command}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(args),
        });
      } catch {
        throw new CommandError({ code: 'device_unreachable', params: {} });
      }
      const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
      if (!response.ok) throw toCommandError(body);
      return body;
    },

    listen(event, heard) {
      events ??= new EventSource(`${base}/events`);
      const source = events;
      const receive = (message: MessageEvent<string>) => {
        heard(JSON.parse(message.data) as Events[typeof event]);
      };
      source.addEventListener(event, receive);
      return () => {
        source.removeEventListener(event, receive);
      };
    },
  };
}
