import type { AnswerValue } from '../ipc/types/AnswerValue';

/** The values that a range offers, from its first to its last, counted from 0. Exact: no float carries a value. */
export interface Scale {
  /** How many steps lie between the first value and the last. */
  steps: number;
  /** Every how many steps a tick is drawn. */
  ticks: number;
  /** The value at a step, as digits. */
  at: (step: number) => string;
  /** The step nearest to a value. */
  stepOf: (value: string) => number;
  answer: (step: number) => AnswerValue;
}

/** More ticks than this are a smear. */
const TICKS_AT_MOST = 20;
const STEPS_AT_MOST = 100_000;

/** The scale of a range's `start`, `end` and `step`; one to ten where they are missing or make no sense. */
export function scaleOf(parameters: Partial<Record<string, string>>): Scale {
  const given = [parameters['start'] ?? '1', parameters['end'] ?? '10', parameters['step'] ?? '1'];
  const sane = given.every((each) => /^-?\d{1,12}(\.\d{1,6})?$/.test(each.trim()));
  const [start = '1', end = '10', step = '1'] = sane ? given.map((each) => each.trim()) : ['1', '10', '1'];
  const decimals = Math.max(...[start, end, step].map((each) => each.split('.')[1]?.length ?? 0));
  const unit = 10 ** decimals;
  const parts = (text: string) => Math.round(Number(text) * unit);
  const [first, last] = [parts(start), parts(end)];
  const stride = Math.abs(parts(step)) || unit;
  const steps = Math.min(STEPS_AT_MOST, Math.floor(Math.abs(last - first) / stride));
  const direction = last < first ? -1 : 1;

  const interval = Math.round(Math.abs(Number(parameters['tick_interval'])) * unit / stride);
  let ticks = interval >= 1 ? interval : 1;
  while (steps / ticks > TICKS_AT_MOST) ticks *= 2;

  const at = (index: number) => ((first + direction * index * stride) / unit).toFixed(decimals);
  return {
    steps,
    ticks,
    at,
    stepOf: (value) => Math.max(0, Math.min(steps, Math.round((direction * (Number(value) * unit - first)) / stride) || 0)),
    answer: (index) => (decimals === 0 ? { t: 'integer', v: Number(at(index)) } : { t: 'decimal', v: at(index) }),
  };
}
