import { describe, expect, it } from 'vitest';
import { groupTyped, parseDecimal, parseInteger, showDecimal } from './numbers';

describe('a decimal as it is typed', () => {
  it.each([
    ['12', '12'],
    ['12.50', '12.50'],
    ['1,5', '1.5'],
    ['1.5', '1.5'],
    ['0,125', '0.125'],
    ['1,234', '1234'],
    ['1,234,567.89', '1234567.89'],
    ['1.234.567,89', '1234567.89'],
    ['S/ 1,234.50', '1234.50'],
    ['S/. 80', '80'],
    ['1 234,5', '1234.5'],
    ['-3,2', '-3.2'],
    ['−3', '-3'],
    ['-0,0', '0.0'],
    ['007', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
  ])('%s is %s', (typed, meant) => {
    expect(parseDecimal(typed)).toBe(meant);
  });

  it.each(['', 'doce', '1,2,3', '1.2.3', '--1', '1-', ',', '1e5'])('%s is no number', (typed) => {
    expect(parseDecimal(typed)).toBeNull();
  });
});

describe('a whole number as it is typed', () => {
  it.each([
    ['12', 12],
    ['1,234', 1234],
    ['3.0', 3],
    ['-4', -4],
  ])('%s is %d', (typed, meant) => {
    expect(parseInteger(typed)).toBe(meant);
  });

  it.each(['1.5', '1,5', '9007199254740993', ''])('%s is none', (typed) => {
    expect(parseInteger(typed)).toBeNull();
  });
});

it('is shown with its thousands grouped and every digit kept', () => {
  expect(['0', '999', '1234', '1234567.8900', '-12345.6'].map(showDecimal)).toEqual(['0', '999', '1,234', '1,234,567.8900', '-12,345.6']);
});

describe('a number grouped while it is typed', () => {
  it.each([
    ['1234|', '1,234|'],
    ['1,2345|', '12,345|'],
    ['1|,234', '1|,234'],
    ['12|,345', '12|,345'],
    ['1,23|', '123|'],
    ['12345|67', '1,234,5|67'],
    ['1234.5|', '1,234.5|'],
    ['-1234|', '-1,234|'],
    ['|', '|'],
    ['12a4|', '12a4|'],
  ])('%s becomes %s', (typed, shown) => {
    const { text, caret } = groupTyped(typed.replace('|', ''), typed.indexOf('|'));
    expect(`${text.slice(0, caret)}|${text.slice(caret)}`).toBe(shown);
  });
});
