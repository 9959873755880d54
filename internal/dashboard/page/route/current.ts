import { signal } from '@preact/signals';

import { formatRoute, parseRoute, type Route } from './route.ts';

/** The route that is shown. */
export const route = signal<Route>(parseRoute(location.hash));

const follow = () => (route.value = parseRoute(location.hash));
addEventListener('popstate', follow);
addEventListener('hashchange', follow);

/** Shows another route. `replace` takes the place of the current one in the history, for what changes while typing. */
export function show(next: Route, { replace = false } = {}): void {
  const fragment = formatRoute(next);
  if (fragment === location.hash) return;
  if (replace) history.replaceState(null, '', fragment);
  else history.pushState(null, '', fragment);
  follow();
}

/** The current route with some of its query changed; an empty value leaves it out. */
export function withQuery(changes: Readonly<Record<string, string>>): Route {
  return { ...route.value, query: { ...route.value.query, ...changes } };
}
