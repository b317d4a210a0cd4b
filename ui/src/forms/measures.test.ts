import { expect, it } from 'vitest';
import { showArea, showMetres } from './measures';

it('says lengths as people say them', () => {
  expect([0, 0.5, 8, 384.4, 999.4, 1250, 12_000, 123_456].map(showMetres)).toEqual(['0 m', '0.5 m', '8 m', '384 m', '999 m', '1.25 km', '12 km', '123 km']);
});

it('says areas as land is measured', () => {
  expect([0, 850.4, 9999, 18_300, 2_500_000, 12_500_000].map(showArea)).toEqual(['0 m²', '850 m²', '9,999 m²', '1.83 ha', '250 ha', '12.5 km²']);
});
