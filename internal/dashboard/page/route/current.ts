import { batch, signal } from '@preact/signals';

import { rememberPlace, returnTo, startAnew } from './places.ts';
import { formatRoute, keptOf, parseRoute, type Route, type ViewName } from './route.ts';

/** The route that is shown. */
export const route = signal<Route>(parseRoute(location.hash));
/** The route that is asked for while what draws it is on its way. What was shown before stays meanwhile. */
export const awaited = signal<Route | undefined>(undefined);

/** Prepares a route before it is shown: resolves to whether it can be; undefined if it can be at once. */
type Preparation = (next: Route) => Promise<boolean> | undefined;
let prepare: Preparation = () => undefined;

/** Has each route prepared before it is shown, from the present one on. */
export function prepareWith(preparation: Preparation): void {
  prepare = preparation;
  change(route.peek());
}

/** Tries once more to show what is asked for. */
export function goOn(): void {
  const next = awaited.peek();
  if (next !== undefined) change(next);
}

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
  clearTimeout(writing);
  writing = undefined;
  const fragment = location.hash;
  // Both events tell of the same step.
  if (fragment === shown) return;
  shown = fragment;
  change(parseRoute(fragment), (left) => returnTo(fragment, left));
};

/** Shows a route as soon as it is prepared, unless another one is asked for meanwhile; then, if it is elsewhere, what follows. */
function change(next: Route, onElsewhere: (left: Route) => void = () => undefined): void {
  const arrive = () => {
    const left = route.peek();
    if (next.name === undefined) lists.set(next.view, next);
    batch(() => {
      awaited.value = undefined;
      route.value = next;
    });
    if (isElsewhere(left, next)) onElsewhere(left);
  };
  const preparing = prepare(next);
  if (preparing === undefined) {
    arrive();
    return;
  }
  awaited.value = next;
  void preparing.then((isThere) => {
    if (isThere && awaited.peek() === next) arrive();
  });
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
  if (!replace) {
    write();
    rememberPlace(shown);
    history.pushState(null, '', fragment);
  }
  shown = fragment;
  change(parseRoute(fragment), startAnew);
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

/** A route, the current one unless told, with some of its query changed; an empty value leaves it out. */
export function withQuery(changes: Readonly<Record<string, string>>, of = route.value): Route {
  return { ...of, query: { ...of.query, ...changes } };
}
