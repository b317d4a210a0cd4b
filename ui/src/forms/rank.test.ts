import { expect, it } from 'vitest';
import { moved, ranked } from './rank';

it('shows what was ranked first, and drops what is no choice any more', () => {
  expect(ranked(['a', 'b', 'c', 'd'], ['c', 'gone', 'a'])).toEqual(['c', 'a', 'b', 'd']);
  expect(ranked(['a', 'b'], [])).toEqual(['a', 'b']);
});

it.each([
  ['a', 2, 'bca'],
  ['c', 0, 'cab'],
  ['b', 1, 'abc'],
  ['b', 9, 'acb'],
  ['b', -1, 'bac'],
])('moves %s to %d', (code, to, order) => {
  expect(moved(['a', 'b', 'c'], code, to).join('')).toBe(order);
});
