import { expect, it } from 'vitest';
import { problems } from './catalogues.js';

const check = (es, en, notes, code) => problems({ 'es-PE': es, en }, notes, code);

it('passes what is whole', () => {
  expect(check({ 'a.b': 'Hola {name}' }, { 'a.b': 'Hello {name}' }, { 'a.b': 'Greeting.' }, "t('a.b', { name })")).toEqual([]);
});

it('finds what is missing, unused, broken or different', () => {
  const found = check({ 'a.b': 'Uno {x', 'a.c': '{n}', 'a.d': 'D' }, { 'a.b': 'One', 'a.c': '{m}' }, { 'a.b': 'Note.', 'a.c': 'Note.' }, "t('a.b') t('a.c') t('a.e') words('f', code)");
  for (const part of ['a.b: does not parse in es-PE', 'a.c: the languages differ', 'a.d: missing in en', 'a.d: has no translator', 'a.d: nobody asks', 'a.e: asked for', 'f.unknown: a family']) {
    expect(found.some((problem) => problem.startsWith(part)), part).toBe(true);
  }
});
