/** Brings a question, or the first question of a row, into view and gives it the focus. */
export function focusQuestion(path: string): void {
  const place = document.querySelector<HTMLElement>(`[data-question="${CSS.escape(path)}"]`);
  if (!place) return;
  place.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  const inside = place.querySelector<HTMLElement>('.body .widget :is(input, textarea, button), .widget :is(input:checked, input:not([type=radio]), textarea, button)');
  (inside ?? place.querySelector<HTMLElement>(':is(input, textarea, button)'))?.focus({ preventScroll: true });
}
