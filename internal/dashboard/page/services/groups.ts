import type { ServiceNow, State } from '../live/services-items.ts';

/** Services whose names begin alike, as one row. */
export interface Group {
  readonly kind: 'group';
  readonly name: string;
  /** Of its members the worst, and in which each of them is. */
  readonly state: State;
  readonly counts: Readonly<Record<State, number>>;
  readonly isOpen: boolean;
}

/** A service of an open group. */
export interface Member {
  readonly kind: 'member';
  readonly service: ServiceNow;
}

/** A row of the list. Most are services, which stand for themselves: of many thousands a few are seen. */
export type ListRow = Group | Member | ServiceNow;

/** The service that a row is of; undefined if it is of a group. */
export function serviceOf(row: ListRow): ServiceNow | undefined {
  if (!('kind' in row)) return row;
  return row.kind === 'member' ? row.service : undefined;
}

/** What a name begins with before the separator; undefined if nothing does. */
export function prefixOf(name: string, separator: string): string | undefined {
  const at = name.indexOf(separator);
  return at > 0 ? name.slice(0, at) : undefined;
}

/**
 * The services, in order, as rows: those of one prefix are a group where the first of them stands, which is folded unless it
 * is open. What is alone with its prefix stays a service.
 */
export function rowsOf(
  services: readonly ServiceNow[],
  separator: string,
  open: ReadonlySet<string>,
): readonly ListRow[] {
  const members = new Map<string, ServiceNow[]>();
  for (const service of services) {
    const prefix = prefixOf(service.name, separator);
    if (prefix === undefined) continue;
    const known = members.get(prefix);
    if (known === undefined) members.set(prefix, [service]);
    else known.push(service);
  }
  const rows: ListRow[] = [];
  for (const service of services) {
    const prefix = prefixOf(service.name, separator);
    const group = prefix === undefined ? undefined : members.get(prefix);
    if (prefix === undefined || group === undefined || group.length === 1) {
      rows.push(service);
    } else if (group[0] === service) {
      const isOpen = open.has(prefix);
      rows.push(groupOf(prefix, group, isOpen));
      if (isOpen) for (const each of group) rows.push({ kind: 'member', service: each });
    }
  }
  return rows;
}

/** How many services some rows are of, by state; an open group is told by its members. */
export function countsOf(rows: readonly ListRow[]): Readonly<Record<State, number>> {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  for (const row of rows) {
    const service = serviceOf(row);
    if (service !== undefined) counts[service.state]++;
    else if ('counts' in row && !row.isOpen)
      for (const state of ['issue', 'deploy', 'idle'] as const) counts[state] += row.counts[state];
  }
  return counts;
}

function groupOf(name: string, members: readonly ServiceNow[], isOpen: boolean): Group {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  for (const { state } of members) counts[state]++;
  const state = counts.issue > 0 ? 'issue' : counts.deploy > 0 ? 'deploy' : 'idle';
  return { kind: 'group', name, state, counts, isOpen };
}
