import { describe, expect, it } from 'vitest';
import { areaOf, closed, distance, lengthOf, niceStep, offset, opened, perimeterOf, placeAt } from './ground';

const huanta = { latitude: -12.9394, longitude: -74.2481 };
/** A field of 100 m by 200 m. */
const field = [
  { east: 0, north: 0 },
  { east: 100, north: 0 },
  { east: 100, north: 200 },
  { east: 0, north: 200 },
].map((each) => placeAt(huanta, each));

describe('on the ground', () => {
  it('measures as the expressions of a form do', () => {
    expect(distance({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 1 })).toBeCloseTo(111_318.84, 1);
    expect(distance(huanta, huanta)).toBe(0);
    expect(lengthOf(field)).toBeCloseTo(400, 0);
    expect(perimeterOf(field)).toBeCloseTo(600, 0);
    expect(areaOf(field) / 20_000).toBeCloseTo(1, 3);
    expect([areaOf(field.slice(0, 2)), lengthOf([]), perimeterOf([])]).toEqual([0, 0, 0]);
  });

  it('puts places on a map and finds them again', () => {
    for (const each of [{ east: 1234.5, north: -987.6 }, { east: -10_000, north: 10_000 }]) {
      const back = offset(huanta, placeAt(huanta, each));
      expect(back.east).toBeCloseTo(each.east, 1);
      expect(back.north).toBeCloseTo(each.north, 1);
    }
    expect(placeAt({ latitude: 89.9, longitude: 179.9 }, { east: 1e9, north: 1e9 })).toEqual({ latitude: 90, longitude: 180 });
  });

  it('closes a shape once, and opens it for showing', () => {
    expect(closed(field)).toHaveLength(5);
    expect(opened(closed(field))).toEqual(field);
    expect(opened(field)).toEqual(field);
    expect(closed(field.slice(0, 2))).toHaveLength(2);
  });
});

it.each([
  [0.7, 1],
  [3, 5],
  [10, 10],
  [11, 20],
  [430, 500],
  [5001, 10_000],
  [0, 0.1],
])('for %d m draws lines every %d m', (metres, step) => {
  expect(niceStep(metres)).toBeCloseTo(step, 6);
});
