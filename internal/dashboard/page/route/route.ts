/** The views of the page, in the order of the navigation. */
export const viewNames = [
  'services',
  'checks',
  'workers',
  'deployments',
  'jobs',
  'changes',
  'notifications',
] as const;

export type ViewName = (typeof viewNames)[number];

/** What is seen, all of it: it stands in the URL's fragment. */
export interface Route {
  readonly view: ViewName;
  /** Of what: the name of a service, a component, a job; undefined for all of them. */
  readonly name: string | undefined;
  /** Filters, spans and the like, by name. */
  readonly query: Readonly<Record<string, string>>;
}

/** Reads a fragment such as `#/services/a%2Fb?from=1`. What cannot be read is the list of services. */
export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split(/\?(.*)/s, 2);
  const [, view, ...name] = path.split('/');
  const known = viewNames.find((each) => each === view);
  if (known === undefined) return { view: 'services', name: undefined, query: {} };
  return {
    view: known,
    name: name.length === 0 || name[0] === '' ? undefined : decode(name.join('/')),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The fragment of a route; empty parts of the query are left out. */
export function formatRoute({ view, name, query }: Route): string {
  const entries = Object.entries(query).filter((entry) => entry[1] !== '');
  const search = entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
  return `#/${view}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${search}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What of a query is the same in all views: how times are shown, and of which span. */
export function keptOf({ utc = '', span = '', from = '', to = '' }: Route['query']): Record<string, string> {
  return { utc, span, from, to };
}
