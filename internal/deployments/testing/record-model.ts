import type { DeploymentRecord } from '../record.ts';

/** What the answers must be: all records as a set, sorted and looked through. */
export interface ModelRecords {
  readonly components: readonly string[];
  /** Oldest first. */
  historyOf(component: string): DeploymentRecord[];
  /** By component and environment. */
  current(): DeploymentRecord[];
}

export function modelOf(sent: readonly DeploymentRecord[]): ModelRecords {
  const unique = new Map<string, DeploymentRecord>();
  for (const record of sent) unique.set(keyOf(record), merge(unique.get(keyOf(record)), record));
  const records = [...unique.values()].sort(
    (a, b) =>
      compareBytes(a.component, b.component) ||
      a.second - b.second ||
      a.nanosecond - b.nanosecond ||
      compareBytes(a.environment, b.environment) ||
      compareBytes(a.state, b.state),
  );
  return {
    components: [...new Set(records.map(({ component }) => component))],
    historyOf: (component) => records.filter((record) => record.component === component),
    current() {
      // In the order above the last one of a deployable is its newest.
      const newest = new Map(records.map((record) => [`${record.component} ${record.environment}`, record]));
      return [...newest.values()].sort(
        (a, b) => compareBytes(a.component, b.component) || compareBytes(a.environment, b.environment),
      );
    },
  };
}

/** Of what is said twice the greater counts. */
function merge(one: DeploymentRecord | undefined, other: DeploymentRecord): DeploymentRecord {
  if (one === undefined) return other;
  const greater = (a?: string, b?: string) =>
    a === undefined || (b !== undefined && compareBytes(a, b) < 0) ? b : a;
  const [version, by, url] = [
    greater(one.version, other.version),
    greater(one.by, other.by),
    greater(one.url, other.url),
  ];
  return {
    ...other,
    ...(version !== undefined && { version }),
    ...(by !== undefined && { by }),
    ...(url !== undefined && { url }),
  };
}

function keyOf({ component, environment, state, second, nanosecond }: DeploymentRecord): string {
  return JSON.stringify([component, environment, state, second, nanosecond]);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
