import { signal } from '@preact/signals';

import { formatRoute, parseRoute, type Route, type ViewName } from './route.ts';

/** The route that is shown. */
export const route = signal<Route>(parseRoute(location.hash));

// Browsers let a page write its URL some hundred times in half a minute, and then ignore it or throw: less than a drag of
// a few seconds has steps.
const WRITE_EACH_MS = 350;

/** The fragment of what is shown; the URL follows it. */
let shown = location.hash;
let writing: ReturnType<typeof setTimeout> | undefined;
let wroteAtMs = -Infinity;

const follow = () => {
  clearTimeout(writing);
  writing = undefined;
  shown = location.hash;
  route.value = parseRoute(shown);
};
addEventListener('popstate', follow);
addEventListener('hashchange', follow);

/** Shows another route. `replace` takes the place of the current one in the history, for what changes while typing. */
export function show(next: Route, { replace = false } = {}): void {
  const fragment = formatRoute(next);
  if (fragment === shown) return;
  if (!replace) {
    write();
    history.pushState(null, '', fragment);
  }
  shown = fragment;
  route.value = parseRoute(fragment);
  if (!replace || writing !== undefined) return;
  const waitMs = wroteAtMs + WRITE_EACH_MS - performance.now();
  if (waitMs <= 0) write();
  else writing = setTimeout(write, waitMs);
}

/** Puts into the URL what is shown, if it does not say it yet. */
function write(): void {
  clearTimeout(writing);
  writing = undefined;
  if (shown === location.hash) return;
  wroteAtMs = performance.now();
  history.replaceState(null, '', shown);
}

/** The route to a view, or to one thing of it. How times are shown stays. */
export function routeTo(view: ViewName, name?: string): Route {
  return { view, name, query: { utc: route.value.query.utc ?? '' } };
}

/** The current route with some of its query changed; an empty value leaves it out. */
export function withQuery(changes: Readonly<Record<string, string>>): Route {
  return { ...route.value, query: { ...route.value.query, ...changes } };
}
