import {
  DeliveryTally,
  type DeliveryFigures,
  type Exclusion,
  type FigureRules,
  type Step,
} from './delivery-tally.ts';

/**
 * The figures of one deployable from its records, oldest first. Records of the same time may come in any order.
 * `exclude` is told of each record that counts for nothing.
 */
export function deliveryFigures<S extends Step>(
  steps: Iterable<S>,
  rules: FigureRules,
  exclude: (step: S, reason: Exclusion) => void = () => undefined,
): DeliveryFigures {
  const tally = new DeliveryTally<S>(rules, exclude);
  for (const step of steps) tally.add(step);
  return tally.figures();
}

/** The rules by which the figures are told, for the caller to read. */
export function rulesInWords(withinSeconds: number): string {
  return [
    'A deployable is a component in an environment.',
    'A deployment begins with "started" and ends with the next "succeeded" or "failed"; an end without a start counts',
    'as a deployment too, but tells no duration. A "rolled-back" before that end is a failed end.',
    'deploys_per_day: deployments that succeeded, over the days from "from" to "to"; where one is not given, the first',
    'or last end of a deployment takes its place.',
    'change_failure_rate: the share of deployments that failed or were rolled back. A "rolled-back" after a success',
    `counts if it comes at most ${withinSeconds} seconds later ("within") and no other deployment ended in between.`,
    'median_restore_seconds: from a failure, or from the success that is rolled back, to the next "succeeded" or',
    '"rolled-back"; failures in between belong to the first.',
    'median_deployment_seconds: from "started" to "succeeded".',
    'Of records with the same time, while a deployment is under way its end counts first, then the next start;',
    'otherwise started, succeeded, failed, rolled-back.',
    'Excluded are records of other states, a "started" without an end, and a "rolled-back" of nothing or too late.',
  ].join(' ');
}
