// @vitest-environment jsdom
import { flushSync, mount, tick, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';
import { longPage } from '../../gallery/form';
import { Filling } from './filling.svelte';
import Nodes from './Nodes.svelte';

it('opens a page of 1,200 questions by drawing its beginning, and draws the rest as it comes near', async () => {
  const near: ((entries: Partial<IntersectionObserverEntry>[]) => void)[] = [];
  const watched = new Set<Element>();
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  vi.stubGlobal('CSS', { escape: String, supports: () => true });
  vi.stubGlobal('IntersectionObserver', class {
    constructor(came: (typeof near)[number]) { near.push(came); }
    observe = (element: Element) => { watched.add(element); };
    unobserve = (element: Element) => { watched.delete(element); };
  });
  const { label, nodes, roots } = longPage(1200);
  const filling = new Filling({
    record: 'r',
    outline: { formId: 'f', title: '', version: '1', languages: [], language: 'es', pages: [], answered: 0, questions: 1200 },
    page: { index: 0, path: 'p', label, nodes, roots },
    state: 'draft',
    projectName: null,
    resumed: false,
    canUndo: false,
    wantsPosition: false,
    logged: null,
    newer: null,
  });

  const component = mount(Nodes, { target: document.body, props: { filling, paths: roots } });
  flushSync();
  expect(document.querySelectorAll('.widget').length).toBe(20);
  expect(document.querySelectorAll('*').length).toBeLessThan(1000);
  // What is not drawn can still be read and found.
  expect(document.body.textContent).toContain('1200.');
  await tick();
  expect(watched.size).toBe(59);

  const last = document.querySelector('.waiting:last-of-type');
  if (!last) throw new Error('no last question');
  near[0]?.([{ target: last, isIntersecting: true }, { target: document.body, isIntersecting: false }]);
  expect(document.querySelector('[data-question=long1199] .widget')).not.toBeNull();
  await unmount(component);
  expect(watched.size).toBe(0);
}, 30_000);
