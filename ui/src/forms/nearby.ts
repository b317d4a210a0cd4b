import { flushSync } from 'svelte';

/** How far outside the window something is still worth drawing: one window. */
const MARGIN = '100% 0px';

const waiting = new WeakMap<Element, () => void>();
let observer: IntersectionObserver | null = null;

/** Calls once when an element comes near the window. */
export function whenNear(element: Element, come: () => void): () => void {
  observer ??= new IntersectionObserver(came, { rootMargin: MARGIN });
  const watched = observer;
  waiting.set(element, come);
  watched.observe(element);
  return () => {
    waiting.delete(element);
    watched.unobserve(element);
  };
}

function came(entries: IntersectionObserverEntry[]): void {
  const near = entries.filter((entry) => entry.isIntersecting);
  // What grows above the window must not push away what a person reads. Some windows see to that themselves.
  const above = CSS.supports('overflow-anchor', 'auto') ? [] : near.filter((entry) => entry.boundingClientRect.bottom <= 0).map((entry) => entry.target as HTMLElement);
  const height = () => above.reduce((sum, element) => sum + element.offsetHeight, 0);
  const before = height();
  flushSync(() => {
    for (const { target } of near) waiting.get(target)?.();
  });
  const grown = height() - before;
  if (grown !== 0) window.scrollBy(0, grown);
}
