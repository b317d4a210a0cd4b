const CONTROLS = ['input:checked', 'input:not([type=radio], [type=file], :disabled)', 'select:not(:disabled)', 'textarea', 'button:not(:disabled)', 'input:not([type=file], :disabled)'];

/** The control of a question, or of the first question of a row, that takes the focus. */
function controlIn(place: Element): HTMLElement | null {
  const widget = place.querySelector('.body .widget') ?? place.querySelector('.widget') ?? place;
  for (const control of CONTROLS) {
    const found = widget.querySelector<HTMLElement>(control);
    if (found) return found;
  }
  return null;
}

const placeOf = (path: string) => document.querySelector<HTMLElement>(`[data-question="${CSS.escape(path)}"]`);

/** Brings a question, or the first question of a row, into view and gives it the focus. */
export function focusQuestion(path: string): void {
  const place = placeOf(path);
  if (!place) return;
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  place.scrollIntoView({ block: 'start', behavior });
  controlIn(place)?.focus({ preventScroll: true });
  // Questions that are drawn on the way there move it.
  setTimeout(() => {
    const box = placeOf(path)?.getBoundingClientRect();
    if (box && (box.top < 0 || box.top > window.innerHeight * 0.6)) placeOf(path)?.scrollIntoView({ block: 'start' });
  }, 700);
}

/** Path of the next question on the page that can be answered. */
export function nextQuestion(path: string): string | null {
  const places = [...document.querySelectorAll<HTMLElement>('[data-question]')];
  const at = places.findIndex((place) => place.dataset['question'] === path);
  const next = places.slice(at + 1).find((place) => place.matches('.waiting') || (place.matches('.question') && controlIn(place) !== null));
  return at < 0 ? null : (next?.dataset['question'] ?? null);
}
