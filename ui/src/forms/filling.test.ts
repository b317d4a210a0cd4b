import { beforeEach, expect, it, vi } from 'vitest';
import * as ipc from '../ipc';
import { CommandError } from '../ipc/transport';
import type { Answered } from '../ipc/types/Answered';
import type { NodeView } from '../ipc/types/NodeView';
import type { Opened } from '../ipc/types/Opened';
import { Filling } from './filling.svelte';

vi.mock('../ipc', async () => ({ ...(await import('../ipc/transport')), answer: vi.fn(), supplyPosition: vi.fn(), page: vi.fn(), addRow: vi.fn(), undo: vi.fn(), finalize: vi.fn(), setLanguage: vi.fn(), checkPage: vi.fn(), leave: vi.fn(), migration: vi.fn(), migrate: vi.fn() }));

const question = (path: string, value: string | null = null): NodeView => ({
  node: 'question',
  path,
  kind: 'text',
  appearance: [],
  label: path,
  hint: null,
  guidance: null,
  required: false,
  readonly: false,
  relevant: true,
  value: value === null ? null : { t: 'text', v: value },
  issue: null,
  choices: null,
  parameters: {},
});
const page = (index: number, ...nodes: NodeView[]) => ({ index, path: `p${index}`, label: `P${index}`, nodes, roots: nodes.map((node) => node.path) });
const entry = (index: number, relevant = true) => ({ index, path: `p${index}`, label: '', relevant, answered: 0, questions: 2, issues: 0, visited: false });
const opened = (...nodes: NodeView[]): Opened => ({
  record: 'r',
  outline: { formId: 'f', title: 'F', version: 'v', languages: [], language: 'es', pages: [entry(0), entry(1, false), entry(2)], answered: 0, questions: 4 },
  page: page(0, ...nodes),
  state: 'draft',
  projectName: null,
  resumed: true,
  canUndo: false,
  wantsPosition: false,
  logged: null,
  newer: null,
});
const answered = (...nodes: NodeView[]): Answered => ({ nodes, pages: null, row: null, canUndo: true, wantsPosition: false });

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(ipc.answer).mockReset();
  vi.mocked(ipc.answer).mockImplementation(async (_, path, value) => answered(question(path, value?.t === 'text' ? value.v : null)));
});

it('saves what is typed when the typing pauses, once', async () => {
  const filling = new Filling(opened(question('a')));
  for (const text of ['h', 'ho', 'hola']) filling.type('a', { t: 'text', v: text });
  expect(ipc.answer).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(500);
  await filling.answer('a', { t: 'text', v: 'hola' });
  expect(vi.mocked(ipc.answer).mock.calls).toEqual([['r', 'a', { t: 'text', v: 'hola' }]]);
  expect(filling.saving.get('a')).toEqual({ state: 'saved' });
  expect(filling.canUndo).toBe(true);
});

it('turns no page before everything typed is saved', async () => {
  const order: string[] = [];
  vi.mocked(ipc.answer).mockImplementation(async (_, path) => {
    await Promise.resolve();
    order.push(path);
    return answered();
  });
  vi.mocked(ipc.page).mockImplementation(async (_, index) => {
    order.push(`page ${index}`);
    return page(index, question('b'));
  });
  const filling = new Filling(opened(question('a')));
  filling.type('a', { t: 'text', v: 'x' });
  await filling.goto(2);
  expect(order).toEqual(['a', 'page 2']);
  expect([...filling.nodes.keys()]).toEqual(['b']);
  expect(filling.resumed).toBe(false);
});

it('passes over pages that are not relevant', () => {
  const filling = new Filling(opened(question('a')));
  expect([filling.previous?.index, filling.next?.index]).toEqual([undefined, 2]);
});

it('keeps an answer that could not be saved, and tries it again', async () => {
  vi.mocked(ipc.answer).mockRejectedValueOnce(new CommandError({ code: 'disk_full', params: {} }));
  const filling = new Filling(opened(question('a')));
  expect(await filling.answer('a', { t: 'text', v: 'x' })).toBe(false);
  const failed = filling.saving.get('a');
  expect(failed).toMatchObject({ state: 'failed', code: 'disk_full' });
  expect(filling.unsaved).toMatchObject([{ path: 'a', code: 'disk_full' }]);
  if (failed?.state === 'failed') failed.retry();
  await filling.flush();
  expect(filling.saving.get('a')).toEqual({ state: 'saved' });
  expect(filling.nodes.get('a')).toMatchObject({ value: { v: 'x' } });
});

it('says which question an undo changed, and forgets rows that are gone', async () => {
  const filling = new Filling(opened(question('a', 'new'), question('gone')));
  vi.mocked(ipc.undo).mockResolvedValue(opened(question('a', 'old')));
  expect((await filling.undo())?.path).toBe('a');
  expect([...filling.nodes.keys()]).toEqual(['a']);
});

it('shows the page and the page list as they are after a merge, and keeps what is being typed', async () => {
  const filling = new Filling(opened(question('a'), question('b')));
  const merged = opened(question('a', 'theirs'), question('b'));
  vi.mocked(ipc.setLanguage).mockResolvedValue({ ...merged, outline: { ...merged.outline, answered: 1, pages: [{ ...entry(0), answered: 1 }, entry(1), entry(2)] } });
  filling.type('b', { t: 'text', v: 'mine' });
  await filling.refresh();
  expect(filling.nodes.get('a')).toMatchObject({ value: { v: 'theirs' } });
  expect([filling.outline.answered, filling.pages.map((page) => page.answered)]).toEqual([1, [1, 0, 0]]);
  await filling.flush();
  expect(vi.mocked(ipc.answer).mock.calls).toEqual([['r', 'b', { t: 'text', v: 'mine' }]]);
});

it('counts the issues inside each row', () => {
  const wrong = (path: string): NodeView => ({ ...question(path), issue: { kind: 'required', message: null } }) as NodeView;
  const filling = new Filling(opened(wrong('r/@1/a'), wrong('r/@1/s/@2/b'), wrong('r/@12/a'), question('r/@3/a')));
  expect(['r/@1', 'r/@1/s/@2', 'r/@12', 'r/@3'].map((row) => filling.issuesWithin(row))).toEqual([2, 1, 1, 0]);
});

const refused = new CommandError({ code: 'disk_full', params: {} });

it('saves while somebody types without a pause', async () => {
  const filling = new Filling(opened(question('a')));
  for (let keys = 1; keys <= 20; keys += 1) {
    filling.type('a', { t: 'text', v: 'x'.repeat(keys) });
    expect(filling.typing).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(vi.mocked(ipc.answer).mock.calls.length).toBeGreaterThanOrEqual(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(filling.typing).toBe(false);
  expect(vi.mocked(ipc.answer).mock.lastCall?.[2]).toEqual({ t: 'text', v: 'x'.repeat(20) });
});

it('stays on the page with an answer that cannot be saved, and goes on once it is given up', async () => {
  vi.mocked(ipc.answer).mockRejectedValue(refused);
  vi.mocked(ipc.page).mockReset();
  vi.mocked(ipc.page).mockResolvedValue(page(2, question('b')));
  vi.mocked(ipc.leave).mockResolvedValue(null);
  const filling = new Filling(opened(question('a')));
  filling.type('a', { t: 'text', v: 'x' });
  expect(await filling.goto(2)).toBe(false);
  // Once when the page was left, and once more before giving up.
  expect(ipc.answer).toHaveBeenCalledTimes(2);
  expect(await filling.leave()).toBe(false);
  expect(await filling.finalize()).toBeNull();
  expect(await filling.undo()).toBeNull();
  expect([ipc.page, ipc.leave].some((command) => vi.mocked(command).mock.calls.length > 0)).toBe(false);
  expect(filling.unsaved).toEqual([{ path: 'a', label: 'a', code: 'disk_full', fault: null }]);
  expect(filling.shown('a')).toMatchObject({ value: { v: 'x' } });
  filling.abandon();
  expect(filling.shown('a')).toMatchObject({ value: null });
  expect(await filling.goto(2)).toBe(true);
});

it('tries once more before it stays', async () => {
  vi.mocked(ipc.answer).mockRejectedValueOnce(refused);
  vi.mocked(ipc.page).mockResolvedValue(page(2, question('b')));
  const filling = new Filling(opened(question('a')));
  await filling.answer('a', { t: 'text', v: 'x' });
  expect(await filling.goto(2)).toBe(true);
});

it('shows an answer from the moment it is given', async () => {
  const filling = new Filling(opened(question('a')));
  const first = filling.answer('a', { t: 'text', v: 'one' });
  const second = filling.answer('a', { t: 'text', v: 'two' });
  expect(filling.shown('a')).toMatchObject({ value: { v: 'two' } });
  await first;
  expect(filling.shown('a')).toMatchObject({ value: { v: 'two' } });
  await second;
  expect(filling.nodes.get('a')).toMatchObject({ value: { v: 'two' } });
});

it('holds back for what is typed and no answer, not for a picture that could not be read', async () => {
  vi.mocked(ipc.page).mockResolvedValue(page(2, question('b')));
  const filling = new Filling(opened(question('a')));
  filling.fault('a', 'photo');
  expect(filling.unsaved).toEqual([]);
  filling.fault('a', 'number');
  expect(await filling.goto(2)).toBe(false);
  filling.fault('a', null);
  expect(await filling.goto(2)).toBe(true);
});

it('unfolds the first row that is not complete', () => {
  const row = (id: string) => ({ path: `t/@${id}`, row: `@${id}`, position: 1, label: id, children: [`t/@${id}/a`] });
  const repeat: NodeView = { node: 'repeat', path: 't', label: 'T', relevant: true, canAdd: true, canRemove: true, rows: [row('1'), row('2')] };
  const lacking = { ...question('t/@2/a'), required: true } as NodeView;
  const filling = new Filling(opened(repeat, question('t/@1/a', 'there'), lacking));
  expect([...filling.openRows]).toEqual(['t/@2']);
});

it('moves to a newer version with nothing unsaved, and draws the page it is given anew', async () => {
  const filling = new Filling({ ...opened(question('a')), newer: 'v2' });
  vi.mocked(ipc.migrate).mockResolvedValue({ ...opened(question('b')), newer: null });
  vi.mocked(ipc.answer).mockRejectedValue(new CommandError({ code: 'disk_full', params: {} }));
  await filling.answer('a', { t: 'text', v: 'x' });
  expect(await filling.migrate('v2')).toBe(false);
  expect(ipc.migrate).not.toHaveBeenCalled();
  filling.abandon();
  expect(await filling.migrate('v2')).toBe(true);
  expect([filling.newer, [...filling.nodes.keys()], filling.saving.size]).toEqual([null, ['b'], 0]);
});

it('tells where the tablet is when the form asks the device, and no person', async () => {
  const here = { latitude: -12.9, longitude: -74.2, altitude: 2600, accuracy: 6 };
  let heard: (position: unknown) => void = () => undefined;
  vi.stubGlobal('navigator', { geolocation: { getCurrentPosition: (found: typeof heard) => { heard = found; } } });
  vi.mocked(ipc.supplyPosition).mockResolvedValue({ ...answered(question('told', 'Aquí')), canUndo: false });
  const filling = new Filling({ ...opened(question('told')), wantsPosition: true });
  expect(ipc.supplyPosition).not.toHaveBeenCalled();
  heard({ coords: here, timestamp: 1_780_000_000_000.4 });
  await vi.waitFor(() => { expect(filling.nodes.get('told')).toMatchObject({ value: { v: 'Aquí' } }); });
  expect(ipc.supplyPosition).toHaveBeenCalledWith('r', { ...here, fixed_at: 1_780_000_000_000 });
  expect(filling.canUndo).toBe(false);
  vi.unstubAllGlobals();
});

it('goes on without a position that does not come', async () => {
  let refuse: () => void = () => undefined;
  vi.stubGlobal('navigator', { geolocation: { getCurrentPosition: (_: unknown, failed: () => void) => { refuse = failed; } } });
  vi.mocked(ipc.supplyPosition).mockClear();
  const filling = new Filling({ ...opened(question('a')), wantsPosition: true });
  refuse();
  expect(await filling.answer('a', { t: 'text', v: 'hola' })).toBe(true);
  expect(ipc.supplyPosition).not.toHaveBeenCalled();
  expect(filling.problem).toBeNull();
  vi.unstubAllGlobals();
});
