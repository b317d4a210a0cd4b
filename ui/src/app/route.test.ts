import { expect, it } from 'vitest';
import { fromHash, toHash, type Route } from './route.svelte';

it('comes back from every address', () => {
  const routes: Route[] = [
    { at: 'home' },
    { at: 'project', id: 'NR-050401-01' },
    { at: 'fill', record: '019a-b' },
    { at: 'record', record: '019a/b' },
    { at: 'search' },
    { at: 'sync' },
    { at: 'help', guide: null },
    { at: 'help', guide: 'sincronizar' },
    { at: 'settings' },
  ];
  for (const route of routes) expect(fromHash(toHash(route))).toEqual(route);
});

it('goes home from what is no address', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/project', '#/fill/%E0%A4%A']) expect(fromHash(hash)).toEqual({ at: 'home' });
});
