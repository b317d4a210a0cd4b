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

export function go(next: Route, how: 'push' | 'replace' = 'push'): void {
  here.route = next;
  if (how === 'replace') history.replaceState(null, '', toHash(next));
  else if (location.hash !== toHash(next)) history.pushState(null, '', toHash(next));
  window.scrollTo(0, 0);
}

/** Follows the window's back and forward. */
export function followAddress(): () => void {
  const follow = () => {
    here.route = fromHash(location.hash);
  };
  window.addEventListener('popstate', follow);
  return () => {
    window.removeEventListener('popstate', follow);
  };
}
