import {
  DeliveryTally,
  rulesInWords,
  type DeliveryFigures,
  type Exclusion,
  type FigureRules,
} from './delivery-figures.ts';
import type { RecordPage } from './get-records.ts';
import { recordJson, type DeploymentRecord } from './record.ts';

/** So many excluded records are listed; all are counted. */
export const MAX_LISTED_EXCLUDED = 100;

type Tally = DeliveryTally<DeploymentRecord>;

/**
 * The answer of `GET /deployments/stats`, a piece for each page of records. The records come component by component,
 * each oldest first; what is held is what the figures of one component need.
 */
export async function* statsText(
  pages: AsyncIterable<Pick<RecordPage, 'records' | 'isLast'>>,
  rules: FigureRules,
): AsyncGenerator<string, void, undefined> {
  const excluded = new Excluded();
  const tallies = new Map<string, Tally>();
  let component: string | undefined;
  let opening = `{"rules":${JSON.stringify(rulesInWords(rules.withinSeconds))},"within":${rules.withinSeconds},"deployables":[`;
  let hasDeployables = false;
  for await (const { records, isLast } of pages) {
    const deployables: string[] = [];
    for (const record of records) {
      if (component !== undefined && component !== record.component) {
        deployables.push(...endComponent(component, tallies));
      }
      component = record.component;
      tallyOf(tallies, record.environment, rules, excluded).add(record);
    }
    if (isLast && component !== undefined) deployables.push(...endComponent(component, tallies));
    const separator = hasDeployables && deployables.length > 0 ? ',' : '';
    yield opening + separator + deployables.join(',') + (isLast ? `],${excluded.json()}}` : '');
    opening = '';
    hasDeployables ||= deployables.length > 0;
  }
}

/** Some of the excluded records, in the order in which that turned out, and how many there are. */
class Excluded {
  #count = 0;
  readonly #listed: string[] = [];

  readonly add = (record: DeploymentRecord, reason: Exclusion): void => {
    this.#count++;
    if (this.#listed.length >= MAX_LISTED_EXCLUDED) return;
    this.#listed.push(`{"record":${recordJson(record)},"reason":"${reason}"}`);
  };

  /** As members of an object. */
  json(): string {
    return `"excluded_count":${this.#count},"excluded":[${this.#listed.join(',')}]`;
  }
}

function tallyOf(
  tallies: Map<string, Tally>,
  environment: string,
  rules: FigureRules,
  excluded: Excluded,
): Tally {
  let tally = tallies.get(environment);
  if (tally === undefined) tallies.set(environment, (tally = new DeliveryTally(rules, excluded.add)));
  return tally;
}

/** The figures of the component's environments, in order; forgets them. */
function endComponent(component: string, tallies: Map<string, Tally>): string[] {
  const environments = [...tallies.keys()].sort();
  const deployables = environments.flatMap((environment) => {
    const figures = tallies.get(environment)?.figures();
    return figures === undefined ? [] : [figuresJson(component, environment, figures)];
  });
  tallies.clear();
  return deployables;
}

function figuresJson(component: string, environment: string, figures: DeliveryFigures): string {
  return JSON.stringify({
    component,
    environment,
    deployments: figures.deployments,
    failed_deployments: figures.failedDeployments,
    deploys_per_day: rounded(figures.deploysPerDay),
    change_failure_rate: rounded(figures.changeFailureRate),
    median_restore_seconds: rounded(figures.medianRestoreSeconds),
    is_broken: figures.isBroken,
    median_deployment_seconds: rounded(figures.medianDeploymentSeconds),
  });
}

/** Sums of fractions have digits that mean nothing. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e6) / 1e6;
}
