import { compareInstants, secondsBetween, type Instant } from '../time/instant.ts';

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

/** What a deployment record tells about one deployable. */
export interface Step extends Instant {
  readonly state: string;
}

/** How deployments are told from records. */
export interface FigureRules {
  /** A rollback at most so long after a success tells that the deployment failed. */
  readonly withinSeconds: number;
  /** The span asked for; where a side is open, the first or last end of a deployment takes its place. */
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

/** How one component in one environment is delivered. Null: there is nothing to tell it from. */
export interface DeliveryFigures {
  /** Deployments that ended. */
  readonly deployments: number;
  /** Of these, how many failed or were rolled back. */
  readonly failedDeployments: number;
  /** Deployments that succeeded, per day of the span. */
  readonly deploysPerDay: number | null;
  readonly changeFailureRate: number | null;
  readonly medianRestoreSeconds: number | null;
  /** Whether the last failure still lasts. */
  readonly isBroken: boolean;
  /** From `started` to `succeeded`. */
  readonly medianDeploymentSeconds: number | null;
}

/** Why a record counts for nothing. */
export type Exclusion =
  | 'unknown state'
  | 'no end before the next started'
  | 'not ended'
  | 'nothing to roll back'
  | 'too long after the success';

const DAY_SECONDS = 86_400;
// In the order of a deployment's life.
const STATES = ['started', 'succeeded', 'failed', 'rolled-back'];
const ENDS_FIRST = ['succeeded', 'failed', 'rolled-back', 'started'];

/**
 * Tells the figures of one deployable from its records, given oldest first; those of the same time in any order.
 * What it holds are two numbers for each deployment at most.
 */
export class DeliveryTally<S extends Step> {
  readonly #rules: FigureRules;
  readonly #exclude: (step: S, reason: Exclusion) => void;
  /** Records of the newest time so far. */
  #sameTime: S[] = [];
  #open: S | undefined;
  /** The last deployment, if it succeeded and was not rolled back. */
  #success: Instant | undefined;
  #brokenSince: Instant | undefined;
  #firstEnd: Instant | undefined;
  #lastEnd: Instant | undefined;
  #deployments = 0;
  #succeeded = 0;
  #failedDeployments = 0;
  readonly #deploymentSeconds: number[] = [];
  readonly #restoreSeconds: number[] = [];

  /** `exclude` is told of each record that counts for nothing. */
  constructor(rules: FigureRules, exclude: (step: S, reason: Exclusion) => void) {
    this.#rules = rules;
    this.#exclude = exclude;
  }

  add(step: S): void {
    if (!STATES.includes(step.state)) {
      this.#exclude(step, 'unknown state');
      return;
    }
    const [other] = this.#sameTime;
    if (other !== undefined && compareInstants(other, step) !== 0) this.#takeSameTime();
    this.#sameTime.push(step);
  }

  /** Called once, after the last record. */
  figures(): DeliveryFigures {
    this.#takeSameTime();
    if (this.#open !== undefined) this.#exclude(this.#open, 'not ended');
    const days = this.#days();
    return {
      deployments: this.#deployments,
      failedDeployments: this.#failedDeployments,
      deploysPerDay: days > 0 ? this.#succeeded / days : null,
      changeFailureRate: this.#deployments > 0 ? this.#failedDeployments / this.#deployments : null,
      medianRestoreSeconds: median(this.#restoreSeconds),
      isBroken: this.#brokenSince !== undefined,
      medianDeploymentSeconds: median(this.#deploymentSeconds),
    };
  }

  /** Clocks of whole seconds give a deployment's end and the next one's start the same time, or its start and end. */
  #takeSameTime(): void {
    const order = this.#open === undefined ? STATES : ENDS_FIRST;
    const steps = this.#sameTime.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
    this.#sameTime = [];
    for (const step of steps) this.#take(step);
  }

  #take(step: S): void {
    switch (step.state) {
      case 'started':
        if (this.#open !== undefined) this.#exclude(this.#open, 'no end before the next started');
        this.#open = step;
        break;
      case 'succeeded':
        if (this.#open !== undefined) this.#deploymentSeconds.push(secondsBetween(this.#open, step));
        this.#succeeded++;
        this.#endDeployment(step);
        this.#restoreAt(step);
        this.#success = step;
        break;
      case 'failed':
        this.#failedDeployments++;
        this.#endDeployment(step);
        this.#brokenSince ??= step;
        break;
      default:
        this.#rollBack(step);
    }
  }

  #rollBack(step: S): void {
    if (this.#open !== undefined) {
      this.#failedDeployments++;
      this.#endDeployment(step);
      this.#restoreAt(step);
    } else if (this.#brokenSince !== undefined) {
      this.#restoreAt(step);
    } else if (this.#success === undefined) {
      this.#exclude(step, 'nothing to roll back');
    } else if (secondsBetween(this.#success, step) > this.#rules.withinSeconds) {
      this.#exclude(step, 'too long after the success');
    } else {
      // It was bad from the moment when it went live.
      this.#failedDeployments++;
      this.#brokenSince = this.#success;
      this.#success = undefined;
      this.#restoreAt(step);
    }
  }

  #endDeployment(at: Instant): void {
    this.#deployments++;
    this.#open = undefined;
    this.#success = undefined;
    this.#firstEnd ??= at;
    this.#lastEnd = at;
  }

  #restoreAt(at: Instant): void {
    if (this.#brokenSince !== undefined) this.#restoreSeconds.push(secondsBetween(this.#brokenSince, at));
    this.#brokenSince = undefined;
  }

  #days(): number {
    const from = this.#rules.from ?? this.#firstEnd;
    const to = this.#rules.to ?? this.#lastEnd;
    return from === undefined || to === undefined ? 0 : secondsBetween(from, to) / DAY_SECONDS;
  }
}

/** The middle one of some numbers, or the mean of the two middle ones; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
