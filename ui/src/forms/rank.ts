/** The order to show: what was ranked and still can be, then what was not, as the form lists it. */
export function ranked(codes: readonly string[], held: readonly string[]): string[] {
  const kept = held.filter((code) => codes.includes(code));
  return [...kept, ...codes.filter((code) => !kept.includes(code))];
}

/** The order with one moved to a place, counted from 0; places beyond the ends are the ends. */
export function moved(order: readonly string[], code: string, to: number): string[] {
  const others = order.filter((each) => each !== code);
  const at = Math.max(0, Math.min(others.length, to));
  return [...others.slice(0, at), code, ...others.slice(at)];
}
