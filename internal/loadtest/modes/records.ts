import { randomBetween, randomOf } from '../../program/random.ts';
import { mixed, namePrefix, type LoadPlan } from '../load-plan.ts';
import type { Mode } from './mode.ts';

/** Deployments of components. */
export const records: Mode = {
  name: 'records',
  summary: 'POST /records, deployments of --services components',
  path: '/records',
  defaultBatch: 100,
  mostBatch: 100_000,
  needsIdempotencyKey: false,
  *bodies(plan) {
    let batch: DeploymentRecord[] = [];
    let left = plan.events;
    for (const record of mixed(recordsOf(plan), plan)) {
      batch.push(record);
      left--;
      if (batch.length < plan.batch && left > 0) continue;
      yield { text: JSON.stringify({ Records: batch }), events: batch.length };
      if (left === 0) return;
      batch = [];
    }
  },
};

/** The records of all components in turn, at least as many as the plan has. */
function* recordsOf(plan: LoadPlan): Generator<DeploymentRecord, void> {
  const prefix = namePrefix(plan);
  const walks = Array.from({ length: plan.services }, (_, component) =>
    deploymentsOf(`${prefix}${component}`, plan.startSecond, randomOf(plan.seed + component)),
  );
  for (let left = plan.events; left > 0;) {
    for (const walk of walks) {
      yield walk.next().value;
      left--;
    }
  }
}

/** One deployment record, as it is sent. */
export interface DeploymentRecord {
  readonly Component: string;
  readonly Environment: string;
  readonly State: string;
  /** RFC 3339. */
  readonly Timestamp: string;
}

const environments = ['dev', 'staging', 'production'];
const MINUTE_SECONDS = 60;
const FAILS = 0.15;
const IS_ROLLED_BACK = 0.08;

/**
 * How one component is deployed, for ever: a deployment starts, takes minutes, and succeeds or fails; some that
 * succeeded are rolled back a little later. It goes through the environments, and comes to the next one only after a
 * success.
 */
function* deploymentsOf(
  component: string,
  startSecond: number,
  random: () => number,
): Generator<DeploymentRecord, never> {
  let second = startSecond + randomBetween(random, 0, 60 * MINUTE_SECONDS);
  let environment = 0;
  const record = (state: string): DeploymentRecord => ({
    Component: component,
    Environment: environments[environment] ?? '',
    State: state,
    Timestamp: new Date(second * 1000 + randomBetween(random, 0, 999)).toISOString(),
  });
  for (;;) {
    yield record('started');
    second += randomBetween(random, 1, 15) * MINUTE_SECONDS;
    const hasFailed = random() < FAILS;
    yield record(hasFailed ? 'failed' : 'succeeded');
    const isRolledBack = !hasFailed && random() < IS_ROLLED_BACK;
    if (isRolledBack) {
      second += randomBetween(random, 5, 60) * MINUTE_SECONDS;
      yield record('rolled-back');
    }
    environment = hasFailed || isRolledBack ? 0 : (environment + 1) % environments.length;
    second += randomBetween(random, 10, 600) * MINUTE_SECONDS;
  }
}
