import { expect, it } from 'vitest';
import source from './index.ts?raw';
import { mock } from './mock';
import type { Home } from './types/Home';
import type { Opened } from './types/Opened';
import type { PageView } from './types/PageView';

const commands = [...source.matchAll(/call<[^(]*>\('(\w+)'/g)].map((match) => match[1] ?? '');

it('answers every command that the screens call', async () => {
  expect(commands.length).toBeGreaterThan(20);
  for (const command of commands) {
    const outcome = await mock()
      .call(command, { record: 'r1', index: 0, path: 'A/obs', value: null, mediaType: 'image/png' })
      .catch((thrown: unknown) => thrown);
    // Pictures it has none; anything else it knows.
    if (command === 'media' || command === 'attachment') expect(outcome).toMatchObject({ code: `${command}_not_here` });
    else expect(outcome, command).not.toBeInstanceOf(Error);
  }
});

it('keeps what is answered, takes it back, and fails as the scenario says', async () => {
  const device = mock('?fail=finalize:disk_full');
  await device.call('answer', { record: 'r1', path: 'A/obs', value: { t: 'text', v: 'Llueve' } });
  const held = async () => ((await device.call('page', { record: 'r1', index: 0 })) as PageView).nodes.find((node) => node.path === 'A/obs');
  expect(await held()).toMatchObject({ value: { v: 'Llueve' } });
  expect(((await device.call('undo', { record: 'r1' })) as Opened).canUndo).toBe(false);
  expect(await held()).toMatchObject({ value: null });
  await expect(device.call('finalize', {})).rejects.toMatchObject({ code: 'disk_full' });
  device.scenario.fails = { home: 'storage' };
  await expect(device.call('home', {})).rejects.toMatchObject({ code: 'storage' });
});

it('has no conflict after one is settled', async () => {
  const device = mock();
  expect(((await device.call('home', {})) as Home).conflicts).toHaveLength(1);
  await device.call('resolve', { record: 'r1' });
  expect(((await device.call('home', {})) as Home).conflicts).toHaveLength(0);
});
