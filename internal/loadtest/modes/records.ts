import { deploymentsOf, type DeploymentRecord } from '../deployment-walk.ts';
import { namePrefix, type LoadPlan } from '../load-plan.ts';
import { mixed } from '../mixed.ts';
import { randomOf } from '../../program/random.ts';
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
