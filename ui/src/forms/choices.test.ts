import { expect, it } from 'vitest';
import type { Choice } from '../ipc/types/Choice';
import type { QuestionKind } from '../ipc/types/QuestionKind';
import type { QuestionView } from '../ipc/types/QuestionView';
import { choiceLook } from './choices';

const look = (appearance: string, choices: (string | Choice)[], kind: QuestionKind = 'select_one') =>
  choiceLook({
    kind,
    appearance: appearance.split(' ').filter(Boolean),
    choices: choices.map((each, at) => (typeof each === 'string' ? { code: String(at), label: each } : each)),
  } as QuestionView);
const crops = ['Papa', 'Maíz', 'Quinua', 'Cebada', 'Haba'];

it.each([
  ['', ['Sí', 'No'], 'row'],
  ['', crops, 'two'],
  ['', ['Red pública dentro de la vivienda', 'Pozo'], 'list'],
  ['columns', crops, 'columns'],
  ['columns-pack', crops, 'pack'],
  ['likert', crops, 'likert'],
  ['label', crops, 'header'],
  ['list-nolabel', crops, 'bare'],
  ['w4 quick', ['Sí', 'No'], 'row'],
])('%s arranges %j as %s', (appearance, choices, arrangement) => {
  expect(look(appearance, choices).arrangement).toBe(arrangement);
});

it('has as many columns as the form asks for, and no more than ten', () => {
  expect([look('columns-2', crops), look('columns-4', crops), look('columns-30', crops), look('list', crops)].map((each) => each.columns)).toEqual([2, 4, 10, 5]);
});

it('has cards for pictures, and marks unless the form wants none', () => {
  const pictured = look('', [{ code: 'a', label: 'A', image: 'x' }]);
  expect([pictured.arrangement, pictured.pictured, pictured.marked]).toEqual(['columns', true, true]);
  expect(look('no-buttons columns', crops)).toMatchObject({ arrangement: 'columns', marked: false });
});

it('has no scale for several answers', () => {
  expect(look('likert', crops, 'select_multiple').arrangement).toBe('two');
});
