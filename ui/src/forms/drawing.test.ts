import { expect, it } from 'vitest';
import type { NodeView } from '../ipc/types/NodeView';
import { Drawing } from './drawing.svelte';

const note = (path: string): NodeView => ({ node: 'note', path, label: '', hint: null, relevant: true });
const group = (path: string, children: string[]): NodeView => ({ node: 'group', path, label: '', relevant: true, appearance: [], children });
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

function drawn(nodes: NodeView[], roots: string[]) {
  const drawing = new Drawing();
  drawing.begin(nodes, roots);
  return { drawing, heads: (paths: string[]) => drawing.chunks(paths).map(({ head }) => (drawing.waiting.has(head) ? `(${head})` : head)) };
}

it('draws a short page whole', () => {
  const paths = named('q', 79);
  expect(drawn(paths.map(note), paths).heads(paths)).toEqual(['q0']);
});

it('draws the top of a long page, and what is asked for', () => {
  const paths = named('q', 100);
  const { drawing, heads } = drawn(paths.map(note), paths);
  expect(heads(paths)).toEqual(['q0', '(q20)', '(q40)', '(q60)', '(q80)']);
  drawing.draw('q79');
  expect(heads(paths)).toEqual(['q0', '(q20)', '(q40)', 'q60', '(q80)']);
  expect(drawing.chunks(paths).flatMap((chunk) => chunk.paths)).toEqual(paths);
});

it('splits a long group inside, and draws what a question stands in', () => {
  const [small, large] = [named('s', 5), named('l', 90)];
  const { drawing, heads } = drawn([group('small', small), group('large', large), ...small.map(note), ...large.map(note), note('end')], ['small', 'large', 'end']);
  expect(heads(['small', 'large', 'end'])).toEqual(['small', 'large', '(end)']);
  expect(heads(large)).toEqual(['l0', '(l20)', '(l40)', '(l60)', '(l80)']);
  drawing.draw('l89');
  expect(heads(large).at(-1)).toBe('l80');
});

it('keeps groups together that are small, and draws the group of a question that is asked for', () => {
  const groups = named('g', 30);
  const children = groups.map((path) => named(`${path}c`, 4));
  const nodes = groups.flatMap((path, at) => [group(path, children[at] ?? []), ...(children[at] ?? []).map(note)]);
  const { drawing, heads } = drawn(nodes, groups);
  expect(heads(groups)).toEqual(['g0', '(g5)', '(g10)', '(g15)', '(g20)', '(g25)']);
  drawing.draw('g27c3');
  expect(heads(groups).at(-1)).toBe('g25');
  expect(heads(children[27] ?? [])).toEqual(['g27c0']);
});
