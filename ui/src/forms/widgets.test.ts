// @vitest-environment jsdom
import { flushSync, mount, tick, unmount, type ComponentProps } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGES } from '../../gallery/form';
import type { AnswerValue } from '../ipc/types/AnswerValue';
import type { QuestionView } from '../ipc/types/QuestionView';
import Question from './Question.svelte';
import { WIDGETS, widgetOf } from './registry';

const questions = PAGES.slice(0, -1).flatMap((page) => page.nodes.filter((node) => node.node === 'question'));
const named = (path: string): QuestionView => {
  const found = questions.find((node) => node.path === path);
  if (!found) throw new Error(`the gallery has no ${path}`);
  return structuredClone(found);
};

class Watching {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
}

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  vi.stubGlobal('ResizeObserver', Watching);
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&'), supports: () => true });
  HTMLCanvasElement.prototype.getContext = () => null;
  HTMLDialogElement.prototype.showModal = function () { this.open = true; };
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.getAnimations = () => [];
  Element.prototype.animate = () => ({ cancel: () => undefined, finished: Promise.resolve() }) as unknown as Animation;
});

let remove: (() => unknown) | null = null;
afterEach(async () => {
  await remove?.();
  remove = null;
  document.body.replaceChildren();
});

function draw(node: QuestionView, more: Partial<ComponentProps<typeof Question>> = {}) {
  const answers: (AnswerValue | null)[] = [];
  const component = mount(Question, {
    target: document.body,
    props: {
      node,
      saving: undefined,
      ontype: (value) => { answers.push(value); },
      onanswer: async (value) => { answers.push(value); return true; },
      onfault: () => undefined,
      onmedia: async () => true,
      onnext: () => undefined,
      load: () => Promise.reject(new Error('not here')),
      attached: () => Promise.reject(new Error('not here')),
      ...more,
    },
  });
  flushSync();
  remove = () => unmount(component);
  const all = <E extends Element = HTMLElement>(selector: string) => [...document.querySelectorAll<E>(selector)];
  const one = <E extends Element = HTMLElement>(selector: string): E => {
    const found = document.querySelector<E>(selector);
    if (!found) throw new Error(`no ${selector} in ${document.body.innerHTML}`);
    return found;
  };
  return { answers, all, one, button: (words: string | RegExp) => all<HTMLButtonElement>('button').find((each) => (each.getAttribute('aria-label') ?? each.textContent).match(words)) };
}

function type(field: HTMLInputElement, text: string) {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
const press = (element: Element, key: string) => element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));

it('shows every kind of question in the gallery', () => {
  const shown = new Set(questions.map((node) => node.kind));
  expect(Object.keys(WIDGETS).filter((kind) => !shown.has(kind as QuestionView['kind']))).toEqual([]);
});

describe.each(questions.map((node) => [node.path, node] as const))('%s', (path, node) => {
  it('has its name, and says what is the matter with it', () => {
    const { all, one } = draw(node);
    const label = one('.label');
    const named = all(`[aria-labelledby~="${label.id}"], [for]`);
    const header = node.appearance.includes('label') || node.kind === 'unsupported';
    if (!header) expect(named.length, 'something is named by the label').toBeGreaterThan(0);
    expect(all(`[data-testid="q-${path}"]`).length).toBeGreaterThan(0);
    if (node.issue) {
      const alert = one('[role=alert]');
      expect(alert.textContent.trim()).not.toBe('');
      if (!header) expect(all(`[aria-describedby~="${alert.id}"]`).length).toBeGreaterThan(0);
    }
    if (node.hint && !header) expect(all(`[aria-describedby~="${one('.hint').id}"]`).length).toBeGreaterThan(0);
    if (widgetOf(node).oneControl) expect(document.getElementById(one<HTMLLabelElement>('label.label').htmlFor)).not.toBeNull();
    // What takes a finger has words that are read out.
    for (const control of all('button')) expect((control.getAttribute('aria-label') ?? control.textContent).trim(), control.outerHTML).not.toBe('');
  });

  if (node.readonly) {
    it('takes no answer while it is read only', () => {
      const { all } = draw(node);
      const open = all<HTMLInputElement>('.widget :is(input, textarea, select)').filter((each) => !each.disabled && !each.readOnly && each.type !== 'file');
      expect(open.map((each) => each.outerHTML)).toEqual([]);
      expect(all('.widget button:not([disabled])').filter((each) => !each.closest('.map'))).toEqual([]);
    });

    if (node.value === null && ['text', 'integer', 'decimal', 'date', 'time', 'date_time', 'barcode'].includes(node.kind)) {
      it('says that it has no answer', () => {
        const { all, one } = draw(node);
        const said = all<HTMLInputElement>('.widget :is(input, textarea)').map((each) => each.placeholder).join('');
        expect(said + one('.widget').textContent).toContain('Sin respuesta');
        expect(said).toMatch(/^(Sin respuesta)?$/);
      });
    }
  }
});

describe('an answer', () => {
  it('of a whole number is grouped while it is typed where the form asks', async () => {
    const { answers, one } = draw(named('thousands_empty'));
    const field = one<HTMLInputElement>('input.number');
    type(field, '12345');
    await tick();
    expect(field.value).toBe('12,345');
    expect(answers.at(-1)).toEqual({ t: 'integer', v: 12345 });
  });

  it('that is grouped is taken back key by key', async () => {
    const { answers, one } = draw(named('thousands_empty'));
    const field = one<HTMLInputElement>('input.number');
    for (const text of ['123', '1234']) {
      type(field, text);
      await tick();
    }
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true, cancelable: true }));
    await tick();
    expect([field.value, answers.at(-1)]).toEqual(['123', { t: 'integer', v: 123 }]);
  });

  it('of a time in halves of a day is never cut short', () => {
    const { answers, one } = draw(named('time_empty'));
    const field = one<HTMLInputElement>('input');
    expect(field.maxLength).toBe(-1);
    type(field, '7:45 pm');
    press(field, 'Enter');
    expect(answers).toEqual([{ t: 'time', v: '19:45:00.000' }]);
  });

  it('of a birthday is reached by its year', async () => {
    const { answers, all, button, one } = draw(named('date_answered'));
    button(/calendario/i)?.click();
    await tick();
    const year = one<HTMLSelectElement>('select.year');
    year.value = '1958';
    year.dispatchEvent(new Event('change', { bubbles: true }));
    await tick();
    press(one('table'), 'Home');
    await tick();
    const [day] = all('.day[tabindex="0"]');
    expect(day?.textContent).toBe('26');
    press(one('table'), 'End');
    await tick();
    // Sunday of that week is in the next month.
    expect(one('[aria-live=polite]').textContent).toContain('junio');
    all('.day[tabindex="0"]')[0]?.click();
    expect(answers).toEqual([{ t: 'date', v: '1958-06-01' }]);
  });

  it('of a year is never grouped', () => {
    expect(draw(named('integer_answered')).one<HTMLInputElement>('input.number').value).toBe('2019');
  });

  it('is counted up and down', () => {
    const { answers, button, one } = draw(named('counter_answered'));
    button(/Uno más/)?.click();
    button(/Uno menos/)?.click();
    press(one('input.number'), 'ArrowUp');
    expect(answers).toEqual([{ t: 'integer', v: 9 }, { t: 'integer', v: 7 }, { t: 'integer', v: 9 }]);
  });

  it('of a month is its first day', async () => {
    const { answers, one } = draw(named('monthyear_empty'));
    one('.pick').click();
    await tick();
    one('[data-testid="month-monthyear_empty=5"]').click();
    expect(answers).toEqual([]);
    type(one<HTMLInputElement>('input.year'), '2026');
    expect(answers).toEqual([{ t: 'date', v: '2026-05-01' }]);
  });

  it('of a year is its first day, and nonsense is told', () => {
    const { answers, one } = draw(named('year_empty'));
    const field = one<HTMLInputElement>('input.year');
    type(field, '64');
    field.dispatchEvent(new Event('blur'));
    flushSync();
    expect(answers).toEqual([]);
    expect(one('[role=alert]').textContent).toContain('cuatro cifras');
    type(field, '1964');
    expect(answers).toEqual([{ t: 'date', v: '1964-01-01' }]);
  });

  it('that is quick goes on when touched, not when the arrow keys pass', () => {
    const onnext = vi.fn();
    const { all } = draw(named('quick_empty'), { onnext });
    const [yes] = all<HTMLInputElement>('input[type=radio]');
    yes?.dispatchEvent(new MouseEvent('click', { detail: 0, bubbles: true }));
    expect(onnext).not.toHaveBeenCalled();
    yes?.dispatchEvent(new MouseEvent('click', { detail: 1, bubbles: true }));
    expect(onnext).toHaveBeenCalledTimes(1);
  });

  it('of several is searched for and chosen by the keys', async () => {
    const { answers, all, one } = draw(named('manyminimal_empty'));
    one('.pick').click();
    await tick();
    type(one<HTMLInputElement>('[data-testid=pick-search]'), 'ccarhuahuran 3');
    await tick();
    const field = one('[data-testid=pick-search]');
    const active = () => document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent.trim();
    expect([active(), all('[role=option]').length]).toEqual(['Ccarhuahurán 3', 13]);
    press(field, 'ArrowDown');
    await tick();
    expect(active()).toBe('Ccarhuahurán 13');
    press(field, 'ArrowUp');
    press(field, 'Enter');
    expect(answers).toEqual([{ t: 'choices', v: ['com21'] }]);
  });

  it('of a short list begins at what is chosen, and is taken by the keys', async () => {
    const { answers, one } = draw(named('minimal_answered'));
    one('.pick').click();
    await tick();
    const list = one('[role=listbox]');
    const active = () => document.getElementById(list.getAttribute('aria-activedescendant') ?? '')?.textContent.trim();
    expect([active(), list.tabIndex]).toEqual(['Pilón o pileta de uso público', 0]);
    press(list, 'End');
    await tick();
    expect(active()).toBe('Río, acequia o laguna');
    press(list, ' ');
    expect(answers).toEqual([{ t: 'choice', v: 'c5' }]);
  });

  it('of a list is opened by an arrow, and found by its first letters', async () => {
    const { answers, one } = draw(named('minimal_empty'));
    press(one('.pick'), 'ArrowDown');
    await tick();
    const list = one('[role=listbox]');
    const active = () => document.getElementById(list.getAttribute('aria-activedescendant') ?? '')?.textContent.trim();
    press(list, 'p');
    await tick();
    expect(active()).toBe('Pilón o pileta de uso público');
    press(list, 'o');
    await tick();
    expect(active()).toBe('Pozo');
    press(list, 'Enter');
    expect(answers).toEqual([{ t: 'choice', v: 'c3' }]);
  });

  it('of ten thousand is in sight when the list opens, and a few are drawn', async () => {
    const { all, one } = draw(named('h_many'));
    expect(all('[role=option]')).toHaveLength(0);
    one('.pick').click();
    await tick();
    expect(one('[aria-selected=true]').textContent.trim()).toBe('Centro poblado 7000 de Ñahuinpuquio');
    expect(all('[role=option]').length).toBeLessThan(100);
    type(one<HTMLInputElement>('[data-testid=pick-search]'), 'poblado 9999 nahuin');
    await tick();
    expect(all('[role=option]').map((each) => each.textContent.trim())).toEqual(['Centro poblado 9999 de Ñahuinpuquio']);
  });

  it('of two choices with one code is the one that was touched', async () => {
    const { all } = draw(named('h_twice'));
    const marked = () => all<HTMLInputElement>('input:checked').map((each) => each.closest('label')?.textContent.trim());
    expect(marked()).toEqual(['Anexo Alto']);
    all<HTMLInputElement>('input')[2]?.click();
    await tick();
    expect(marked()).toEqual(['Anexo Bajo']);
  });

  it('of many choices is searched for, unless the form says how they stand', () => {
    const many = { ...named('many_empty'), choices: Array.from({ length: 31 }, (_, at) => ({ code: `c${at}`, label: `Opción ${at}` })) };
    expect(draw(many).all('.pick')).toHaveLength(1);
    expect(widgetOf({ ...many, appearance: ['columns-3'] })).not.toBe(widgetOf(many));
    expect(widgetOf({ ...many, appearance: ['columns-3'] }).component).toBe(widgetOf(named('many_empty')).component);
    expect(widgetOf(named('scale_empty')).component).toBe(widgetOf(named('likert_empty')).component);
  });

  it('that is compact in columns goes on, and has no marks', () => {
    const onnext = vi.fn();
    const { all } = draw(named('quickcompact_empty'), { onnext });
    expect(all('.mark')).toHaveLength(0);
    all('input')[0]?.dispatchEvent(new MouseEvent('click', { detail: 1, bubbles: true }));
    expect(onnext).toHaveBeenCalledTimes(1);
  });

  it('is as high as the form says, and hidden from who looks on where it says so', () => {
    expect(draw(named('rows_empty')).one<HTMLTextAreaElement>('textarea').rows).toBe(3);
    void remove?.();
    expect(draw(named('masked_answered')).one('input').className).toContain('masked');
  });

  it('runs from right to left with its label, and what the screen says beside it by itself', () => {
    const { one } = draw(named('h_arabic'));
    expect(one('.question').dir).toBe('rtl');
    expect(one('[role=alert] span').dir).toBe('auto');
    void remove?.();
    expect(draw(named('h_arabictext')).one<HTMLInputElement>('input').dir).toBe('rtl');
    void remove?.();
    expect(draw(named('text_answered')).one('.question').dir).toBe('');
  });

  it('is asked with the headings, lists and colours of its label', () => {
    const { all, one } = draw(named('h_markdown'));
    expect(one('.label .heading').textContent).toBe('Antes de empezar');
    expect(all('.label .item').map((each) => each.textContent.trim())).toEqual(['1.quién es usted', '2.para quién trabaja']);
    expect(one('.label .colour').style.getPropertyValue('--colour')).toBe('red');
    expect(all('.hint .item')).toHaveLength(2);
    expect(all('a')).toHaveLength(0);
  });

  it('on a scale waits where the form says', () => {
    const slider = draw(named('backwards_empty')).one<HTMLInputElement>('input[type=range]');
    expect([slider.value, slider.getAttribute('aria-valuetext')]).toEqual(['2', 'Sin respuesta: toque la escala']);
  });

  it('on a scale says the words that the form has at its ticks', () => {
    const { one, all } = draw(named('worded_answered'));
    expect(one('output').textContent).toBe('2 · A veces');
    expect(one<HTMLInputElement>('input[type=range]').getAttribute('aria-valuetext')).toBe('2 · A veces');
    expect(all('.words span').map((each) => each.textContent)).toEqual(['Nunca', 'Casi nunca', 'A veces', 'Casi siempre', 'Siempre']);
  });

  it('on a standing scale too, where only some ticks have words', () => {
    const { one, all } = draw(named('standing_answered'));
    expect(one<HTMLInputElement>('input[type=range]').getAttribute('aria-valuetext')).toBe('5 · Regular');
    expect(all('.words span').map((each) => each.style.getPropertyValue('--at'))).toEqual(['0', '0.5', '1']);
  });

  it('is shown with what the form has beside it, and says what has not come', async () => {
    const { one, all } = draw(named('shownlong_answered'));
    await vi.waitFor(() => { expect(one('[data-testid=attached]').textContent).toContain('not here'); });
    expect(one('[data-testid=attached] .stand-in [role=img]').getAttribute('aria-label')).toContain('Pasto que más hay');
    expect(all('[data-testid=attached] .missing')).toHaveLength(1);
  });

  it('on a scale is nothing until it is touched', () => {
    const { answers, one } = draw(named('range_empty'));
    const slider = one<HTMLInputElement>('input[type=range]');
    expect(slider.getAttribute('aria-valuetext')).toContain('Sin respuesta');
    slider.dispatchEvent(new Event('pointerup', { bubbles: true }));
    slider.value = '7';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    expect(answers).toEqual([{ t: 'integer', v: 0 }, { t: 'integer', v: 7 }]);
  });

  it('in tenths is digits', () => {
    const { answers, one } = draw(named('decimalrange_empty'));
    const slider = one<HTMLInputElement>('input[type=range]');
    slider.value = '3';
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    expect(answers).toEqual([{ t: 'decimal', v: '1.5' }]);
  });

  it('of stars is a number', () => {
    const { answers, all } = draw(named('rating_empty'));
    all<HTMLInputElement>('input[type=radio]')[3]?.click();
    expect(answers).toEqual([{ t: 'integer', v: 4 }]);
  });

  it('in an order is moved by the arrow keys and the buttons, and kept as it stands when that is meant', async () => {
    const { answers, all, one, button } = draw(named('rank_empty'));
    press(all('.grip')[0] as Element, 'ArrowDown');
    await tick();
    button(/Subir «Mercado/)?.click();
    await tick();
    one('[data-testid="keep-rank_empty"]').click();
    expect(answers).toEqual([
      { t: 'rank', v: ['c2', 'c1', 'c3', 'c4'] },
      { t: 'rank', v: ['c1', 'c2', 'c4', 'c3'] },
      { t: 'rank', v: ['c1', 'c2', 'c3', 'c4'] },
    ]);
    expect(one('[aria-live=assertive]').textContent).toContain('puesto');
  });

  it('of a code may be typed', () => {
    const { answers, one } = draw(named('barcode_empty'));
    type(one<HTMLInputElement>('[data-testid="q-barcode_empty"]'), 'PE-1');
    expect(answers).toEqual([{ t: 'text', v: 'PE-1' }]);
  });

  it('that is a file too large is refused before it is sent', async () => {
    const onmedia = vi.fn(async () => true);
    const { one } = draw(named('file_empty'), { onmedia });
    const field = one<HTMLInputElement>('[data-testid="file-file_empty"]');
    const give = (size: number) => {
      Object.defineProperty(field, 'files', { configurable: true, value: [{ size, type: 'application/pdf' }] });
      field.dispatchEvent(new Event('change', { bubbles: true }));
    };
    give(33 * 1024 * 1024);
    await tick();
    expect(one('[role=alert]').textContent).toContain('32 MB');
    expect(onmedia).not.toHaveBeenCalled();
    give(1000);
    await tick();
    expect(onmedia).toHaveBeenCalledTimes(1);
  });
});

it('keeps the place of a picture that has not come, and takes the choice all the same', async () => {
  const { all, answers } = draw(named('pictures_empty'));
  await vi.waitFor(() => { expect(all('.stand-in').map((each) => each.textContent.trim())).toEqual(Array(3).fill('Imagen por llegar')); });
  expect(all('.choice .words').map((each) => each.textContent.trim())).toEqual(['Ovejas', 'Cuyes', 'Papas']);
  all<HTMLInputElement>('input[type=radio]')[1]?.click();
  expect(answers).toEqual([{ t: 'choice', v: 'cuy' }]);
});

describe('a walk', () => {
  let heard: (position: { coords: Partial<GeolocationCoordinates>; timestamp: number }) => void = () => undefined;
  const at = (north: number, accuracy = 5) => { heard({ coords: { latitude: -13 + north / 111_319.5, longitude: -74, altitude: 2600, accuracy }, timestamp: 1 }); };

  beforeEach(() => {
    vi.stubGlobal('navigator', { geolocation: { watchPosition: (found: typeof heard) => { heard = found; return 1; }, clearWatch: () => undefined } });
  });
  const count = (value: AnswerValue | null | undefined) => (value?.t === 'trace' ? value.v.length : null);

  it('adds a point every few metres, none from a poor fix, and is saved as it goes and at its end', async () => {
    const { answers, button } = draw(named('trace_empty'));
    button(/Grabar caminando/)?.click();
    await tick();
    for (let metres = 0; metres < 66; metres += 2) at(metres);
    at(200, 400);
    await tick();
    expect(answers.map(count)).toEqual([10]);
    button(/Terminar/)?.click();
    expect(answers.map(count)).toEqual([10, 11]);
  });

  it('around a shape ends where it began, and is no answer before it has three corners', async () => {
    const { answers, button } = draw(named('shape_empty'));
    for (const metres of [0, 50, 120]) {
      button(/Agregar punto aquí/)?.click();
      await tick();
      at(metres);
      await tick();
    }
    expect(answers.map(count)).toEqual([4]);
  });

  it('is told of while it goes on, and while it is too short, so that nobody leaves it by mistake', async () => {
    const onfault = vi.fn();
    const { button } = draw(named('shape_empty'), { onfault });
    button(/Grabar caminando/)?.click();
    await tick();
    at(0);
    await tick();
    expect(onfault).toHaveBeenLastCalledWith('recording');
    button(/Terminar/)?.click();
    await tick();
    expect(onfault).toHaveBeenLastCalledWith('few');
  });

  it('loses one point, the last, or all', async () => {
    const { answers, button, one, all } = draw(named('trace_answered'));
    button(/Quitar el punto 2/)?.click();
    await tick();
    button(/Borrar todo/)?.click();
    await tick();
    one('dialog');
    all<HTMLButtonElement>('dialog button').at(-1)?.click();
    expect(answers.map(count)).toEqual([5, null]);
  });
});

it('sets a place on a map below its cross, moved by the keys', async () => {
  vi.stubGlobal('navigator', { geolocation: { watchPosition: () => 1, clearWatch: () => undefined } });
  const { answers, button, one } = draw(named('placement_answered'));
  button(/Marcar en el mapa/)?.click();
  await tick();
  const before = named('placement_answered').value;
  press(one('svg[role=application]'), 'ArrowUp');
  press(one('svg[role=application]'), 'ArrowRight');
  await tick();
  one('[data-testid="keep-placement_answered"]').click();
  const set = answers.at(-1);
  if (before?.t !== 'point' || set?.t !== 'point') throw new Error('no point');
  expect(set.v.latitude).toBeGreaterThan(before.v.latitude);
  expect(set.v.longitude).toBeGreaterThan(before.v.longitude);
  expect(set.v.accuracy).toBeNull();
});
