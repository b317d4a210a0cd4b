import { describe, expect, it } from 'vitest';
import { maskDate, momentOf, parseDate, parseTime, showAgo, showDate, showMoment, timeOfDay, today, weekdays } from './dates';

describe('a date as it is typed', () => {
  it.each([
    ['31/05/2026', '2026-05-31'],
    ['1/6/2026', '2026-06-01'],
    ['01-06-2026', '2026-06-01'],
    ['29/02/2024', '2024-02-29'],
    ['31052026', '2026-05-31'],
    [' 2026-05-31 ', '2026-05-31'],
  ])('%s is %s', (typed, meant) => {
    expect(parseDate(typed)).toBe(meant);
    expect(parseDate(showDate(meant))).toBe(meant);
  });

  it.each(['31/02/2026', '29/02/2026', '1/13/2026', '0/1/2026', '31/05/26', '2026-02-31', 'ayer', ''])('%s is no day', (typed) => {
    expect(parseDate(typed)).toBeNull();
  });

  it('gets its slashes while it is typed', () => {
    let shown = '';
    for (const digit of '31052026') shown = maskDate(shown + digit, shown);
    expect(shown).toBe('31/05/2026');
    expect(maskDate('31/0', '31/05')).toBe('31/0');
    expect(maskDate('1/6', '1/')).toBe('1/6');
  });
});

describe('a time of day as it is typed', () => {
  it.each([
    ['9:30', '09:30:00.000'],
    ['0930', '09:30:00.000'],
    ['14.05', '14:05:00.000'],
    ['9', '09:00:00.000'],
    ['07:45:00', '07:45:00.000'],
    ['7:45 pm', '19:45:00.000'],
    ['7:45 p. m.', '19:45:00.000'],
    ['12:05 a.m.', '00:05:00.000'],
    ['12 PM', '12:00:00.000'],
  ])('%s is %s', (typed, meant) => {
    expect(parseTime(typed)).toBe(meant);
  });

  it.each(['24:00', '12:60', '19:45 pm', '0:10 am', '7:45 x', 'tarde', ''])('%s is none', (typed) => {
    expect(parseTime(typed)).toBeNull();
  });
});

describe('a moment', () => {
  const late = Date.UTC(2026, 5, 1, 3, 15);

  it('is told in Peru, where the day before still goes on', () => {
    expect(today(late)).toBe('2026-05-31');
    expect(timeOfDay(late)).toBe('22:15:00.000');
    expect(momentOf('2026-05-31', '22:15:00.000')).toBe(late);
    expect(showMoment(late, 'es-PE')).toMatch(/^31\/05\/2026,? 22:15$/);
    expect(showMoment(late, 'en')).toMatch(/^31\/05\/2026,? 22:15$/);
  });

  it('is near or far', () => {
    expect(showAgo(late - 5 * 60_000, 'es-PE', late)).toBe('hace 5 min');
    expect(showAgo(late - 40 * 86_400_000, 'es-PE', late)).toBe('21/04/2026');
  });
});

it('begins the week on Monday', () => {
  expect(weekdays('es-PE', 'long')[0]).toBe('lunes');
});
