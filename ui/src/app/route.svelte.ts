/** Where a person is. Kept in the address after `#`, so that the window's own back key works. */
export type Route =
  | { at: 'home' }
  | { at: 'project'; id: string }
  | { at: 'fill'; record: string }
  | { at: 'record'; record: string }
  | { at: 'search' }
  | { at: 'sync' }
  | { at: 'help'; guide: string | null }
  | { at: 'settings' };

export function toHash(route: Route): string {
  switch (route.at) {
    case 'project':
      return `#/project/${encodeURIComponent(route.id)}`;
    case 'fill':
    case 'record':
      return `#/${route.at}/${encodeURIComponent(route.record)}`;
    case 'help':
      return route.guide === null ? '#/help' : `#/help/${encodeURIComponent(route.guide)}`;
    default:
      return `#/${route.at}`;
  }
}

export function fromHash(hash: string): Route {
  const [at, id] = hash.replace(/^#\/?/, '').split('/').map(decode);
  switch (at) {
    case 'project':
      return id ? { at, id } : { at: 'home' };
    case 'fill':
    case 'record':
      return id ? { at, record: id } : { at: 'home' };
    case 'help':
      return { at, guide: id ?? null };
    case 'search':
    case 'sync':
    case 'settings':
      return { at };
    default:
      return { at: 'home' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

const here = $state<{ route: Route }>({ route: fromHash(typeof location === 'undefined' ? '' : location.hash) });

export function route(): Route {
  return here.route;
}

/** What an entry of the window's history carries: how many of ours are before it, and where the one before it is. */
interface Entry {
  depth: number;
  from: string | null;
}

function entry(): Entry {
  const state = history.state as Partial<Entry> | null;
  return { depth: state?.depth ?? 0, from: state?.from ?? null };
}

export function go(next: Route, how: 'push' | 'replace' = 'push'): void {
  const from = toHash(here.route);
  here.route = next;
  if (how === 'replace') history.replaceState(entry(), '', toHash(next));
  else if (location.hash !== toHash(next)) history.pushState({ depth: entry().depth + 1, from } satisfies Entry, '', toHash(next));
  window.scrollTo(0, 0);
}

/** To the screen one came from, or to `otherwise` when this is the first. */
export function back(otherwise: Route): void {
  guard = null;
  if (entry().depth > 0) history.back();
  else go(otherwise, 'replace');
}

/** In place of this screen to another, without leaving two entries of it when one came from there. */
export function backTo(next: Route): void {
  if (entry().from === toHash(next)) back(next);
  else {
    guard = null;
    go(next, 'replace');
  }
}

/** Forgets the way that led here: it was another person's. */
export function begin(next: Route): void {
  here.route = next;
  history.replaceState({ depth: 0, from: null } satisfies Entry, '', toHash(next));
}

let guard: (() => void) | null = null;

/** The window's own back key does this in place of going back, until the returned function is called. */
export function holdBack(instead: () => void): () => void {
  guard = instead;
  return () => {
    if (guard === instead) guard = null;
  };
}

/** Follows the window's back and forward. */
export function followAddress(): () => void {
  const follow = () => {
    if (guard !== null && location.hash !== toHash(here.route)) {
      // The entry that was just left is put back where it was.
      history.pushState({ depth: entry().depth + 1, from: location.hash } satisfies Entry, '', toHash(here.route));
      guard();
    } else here.route = fromHash(location.hash);
  };
  window.addEventListener('popstate', follow);
  return () => {
    window.removeEventListener('popstate', follow);
  };
}
