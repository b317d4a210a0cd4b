import { expect, it } from 'vitest';
import { directionOf } from './direction';

it('is that of the first letter', () => {
  expect(['ما اسمك؟', '12. שם', '**ما** name', 'Nombre', '¿Cuál?', '7', ''].map(directionOf)).toEqual(['rtl', 'rtl', 'rtl', undefined, undefined, undefined, undefined]);
});
