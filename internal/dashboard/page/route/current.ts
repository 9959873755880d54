import { signal } from '@preact/signals';

import { rememberPlace, returnTo, startAnew } from './places.ts';
import { formatRoute, keptOf, parseRoute, type Route, type ViewName } from './route.ts';

/** The route that is shown. */
export const route = signal<Route>(parseRoute(location.hash));

// Browsers let a page write its URL some hundred times in half a minute, and then ignore it or throw: less than a drag of
// a few seconds has steps.
const WRITE_EACH_MS = 350;

/** The fragment of what is shown; the URL follows it. */
let shown = location.hash;
let writing: ReturnType<typeof setTimeout> | undefined;
let wroteAtMs = -Infinity;

/** The last list of each view that was shown, with how it was filtered. */
const lists = new Map<ViewName, Route>();

const follow = () => {
  const left = route.peek();
  clearTimeout(writing);
  writing = undefined;
  shown = location.hash;
  change(parseRoute(shown));
  if (isElsewhere(left, route.peek())) returnTo(shown, left);
};

function change(next: Route): void {
  if (next.name === undefined) lists.set(next.view, next);
  route.value = next;
}

function isElsewhere(one: Route, other: Route): boolean {
  return one.view !== other.view || one.name !== other.name;
}

lists.set(route.peek().view, route.peek().name === undefined ? route.peek() : routeTo(route.peek().view));
addEventListener('popstate', follow);
addEventListener('hashchange', follow);

/** Shows another route. `replace` takes the place of the current one in the history, for what changes while typing. */
export function show(next: Route, { replace = false } = {}): void {
  const fragment = formatRoute(next);
  if (fragment === shown) return;
  const left = route.peek();
  if (!replace) {
    write();
    rememberPlace(shown);
    history.pushState(null, '', fragment);
  }
  shown = fragment;
  change(parseRoute(fragment));
  if (isElsewhere(left, next)) startAnew();
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

/** The route to a view, or to one thing of it. How times are shown, and of which span, stays. */
export function routeTo(view: ViewName, name?: string): Route {
  return { view, name, query: keptOf(route.value.query) };
}

/** The route to all things of a view, filtered as they were when they were last shown. */
export function routeToAll(view: ViewName): Route {
  const { query } = lists.get(view) ?? { query: {} };
  return { view, name: undefined, query: { ...query, ...keptOf(route.value.query) } };
}

/** The current route with some of its query changed; an empty value leaves it out. */
export function withQuery(changes: Readonly<Record<string, string>>): Route {
  return { ...route.value, query: { ...route.value.query, ...changes } };
}
