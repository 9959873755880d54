import type { ServicesItems, State } from '../live/services-items.ts';

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
  readonly id: number;
}

/** A row of the list. Most are services, for which their numbers stand: of many thousands a few are seen. */
export type ListRow = Group | Member | number;

/** The number of the service that a row is of; undefined if it is of a group. */
export function serviceOf(row: ListRow): number | undefined {
  if (typeof row === 'number') return row;
  return row.kind === 'member' ? row.id : undefined;
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
  services: ServicesItems,
  ids: readonly number[],
  separator: string,
  open: ReadonlySet<string>,
): readonly ListRow[] {
  const members = new Map<string, number[]>();
  for (const id of ids) {
    const prefix = prefixOf(services.nameOf(id), separator);
    if (prefix === undefined) continue;
    const known = members.get(prefix);
    if (known === undefined) members.set(prefix, [id]);
    else known.push(id);
  }
  const rows: ListRow[] = [];
  for (const id of ids) {
    const prefix = prefixOf(services.nameOf(id), separator);
    const group = prefix === undefined ? undefined : members.get(prefix);
    if (prefix === undefined || group === undefined || group.length === 1) {
      rows.push(id);
    } else if (group[0] === id) {
      const isOpen = open.has(prefix);
      rows.push(groupOf(services, prefix, group, isOpen));
      if (isOpen) for (const each of group) rows.push({ kind: 'member', id: each });
    }
  }
  return rows;
}

/** How many services some rows are of, by state; an open group is told by its members. */
export function countsOf(services: ServicesItems, rows: readonly ListRow[]): Readonly<Record<State, number>> {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  for (const row of rows) {
    if (typeof row === 'number') counts[services.stateOf(row)]++;
    else if (row.kind === 'member') counts[services.stateOf(row.id)]++;
    else if (!row.isOpen)
      for (const state of ['issue', 'deploy', 'idle'] as const) counts[state] += row.counts[state];
  }
  return counts;
}

function groupOf(services: ServicesItems, name: string, members: readonly number[], isOpen: boolean): Group {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  for (const id of members) counts[services.stateOf(id)]++;
  const state = counts.issue > 0 ? 'issue' : counts.deploy > 0 ? 'deploy' : 'idle';
  return { kind: 'group', name, state, counts, isOpen };
}
