import type { DeploymentRecord } from './record.ts';

/** Components by environments: the newest record of each pair. */
export interface Matrix {
  readonly environments: readonly string[];
  readonly rows: readonly {
    readonly component: string;
    readonly cells: ReadonlyMap<string, DeploymentRecord>;
  }[];
}

const bad = new Set(['failed', 'rolled-back']);

function isBad({ State }: DeploymentRecord): boolean {
  return bad.has(State);
}

// The way of a change, as most have it.
const stages = ['dev', 'staging', 'prod'];

/** Development, staging, production, wherever they are (`staging-eu`), then what is called otherwise; then by name. */
export function compareEnvironments(a: string, b: string): number {
  return stageOf(a) - stageOf(b) || (a < b ? -1 : 1);
}

function stageOf(environment: string): number {
  const stage = stages.indexOf(environment.split('-')[0] ?? '');
  return stage === -1 ? stages.length : stage;
}

/** What is wrong in production is worse than in staging, and that than elsewhere; 0 where nothing is. */
function severity(cells: ReadonlyMap<string, DeploymentRecord>): number {
  const wrong = [...cells.values()].filter(isBad).map(({ Environment }) => stageOf(Environment));
  return Math.max(0, ...wrong.map((stage) => (stage === stages.length ? 1 : 1 + stage)));
}

/** The matrix of the records whose components contain the text; components with something wrong come first, the worst of all. */
export function toMatrix(records: readonly DeploymentRecord[], text: string): Matrix {
  const wanted = text.toLowerCase();
  const environments = new Set<string>();
  const byComponent = new Map<string, Map<string, DeploymentRecord>>();
  for (const record of records) {
    if (!record.Component.includes(wanted)) continue;
    environments.add(record.Environment);
    const cells = byComponent.get(record.Component) ?? new Map<string, DeploymentRecord>();
    byComponent.set(record.Component, cells.set(record.Environment, record));
  }
  const rows = Array.from(byComponent, ([component, cells]) => ({ component, cells }));
  rows.sort((a, b) => severity(b.cells) - severity(a.cells) || (a.component < b.component ? -1 : 1));
  return { environments: [...environments].sort(compareEnvironments), rows };
}
