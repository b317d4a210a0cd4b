import { describe, expect, it } from 'vitest';
import { scaleOf } from './scale';

const values = (parameters: Record<string, string>) => {
  const scale = scaleOf(parameters);
  return Array.from({ length: scale.steps + 1 }, (_, step) => scale.at(step));
};

describe('a range', () => {
  it('goes from its start to its end', () => {
    expect(values({ start: '0', end: '10', step: '5' })).toEqual(['0', '5', '10']);
    expect(values({})).toHaveLength(10);
  });

  it('keeps tenths exact', () => {
    expect(values({ start: '0.1', end: '0.7', step: '0.2' })).toEqual(['0.1', '0.3', '0.5', '0.7']);
    expect(scaleOf({ start: '0.1', end: '0.7', step: '0.2' }).answer(1)).toEqual({ t: 'decimal', v: '0.3' });
    expect(scaleOf({ start: '1', end: '5', step: '1' }).answer(2)).toEqual({ t: 'integer', v: 3 });
  });

  it('goes down where it ends below its start, and stops before its end where the step does not reach it', () => {
    expect(values({ start: '3', end: '1', step: '1' })).toEqual(['3', '2', '1']);
    expect(values({ start: '0', end: '10', step: '4' })).toEqual(['0', '4', '8']);
  });

  it('finds the step of a value, also of one it does not have', () => {
    const scale = scaleOf({ start: '-5', end: '5', step: '2.5' });
    expect([scale.stepOf('0.0'), scale.stepOf('1.2'), scale.stepOf('99'), scale.stepOf('-99'), scale.stepOf('x')]).toEqual([2, 2, 4, 0, 0]);
  });

  it.each([[{ start: 'a', end: '5', step: '1' }], [{ start: '1', end: '10', step: 'NaN' }]])('makes do with %o', (parameters) => {
    expect(values(parameters)).toHaveLength(10);
  });

  it('never draws a smear of ticks', () => {
    const scale = scaleOf({ start: '0', end: '1000000', step: '1' });
    expect(scale.steps / scale.ticks).toBeLessThanOrEqual(20);
    expect(scaleOf({ start: '0', end: '100', step: '5', tick_interval: '25' }).ticks).toBe(5);
  });
});
