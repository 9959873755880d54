import type { AdvisoryLock } from '../database/advisory-locks.ts';
import { archiving, cutoffOf } from '../database/archive.ts';
import type { Spread } from '../database/cluster.ts';
import { Duty } from '../database/duty.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import type { Measure, MeasuredValue } from '../shards/figures.ts';
import { checkBatches, CHECKS_TOPIC } from './batches.ts';
import { WINDOW_MS, type Check } from './check.ts';
import { Checker } from './checker.ts';
import type { ChecksConfig } from './config.ts';
import { targetsOf, type CheckTarget } from './targets.ts';
import { getChecks, getPercent, getSummary } from './get-checks.ts';
import { getHistory } from './get-history.ts';
import { Outbox } from './outbox.ts';
import { deleteOldChecks, lastChecks, oldestKeptMs } from './queries.ts';
import { checksTopic } from './topic.ts';

/** What is reported of a failing target. */
export interface IssueReport {
  readonly serviceName: string;
  readonly state: 'issue';
  /** In unix seconds. */
  readonly second: number;
}

/** Held by the process that checks. */
export const checkLock: AdvisoryLock = { name: 'checks', number: 3 };

/** Its tables, and by what each is spread over a cluster. */
export const checkTables: readonly Spread[] = [{ table: 'checks', by: 'target' }];

const ROWS_A_STEP = 1000;
const RETRY_MS = 1000;
const MAX_WAITING = 10_000;

/**
 * `GET /checks…`, and the checks themselves. `report` takes a report as if it had come from outside: it resolves when it
 * is committed, and may be called again if it is not known to be.
 */
export function openChecks(
  pipeline: Pipeline<ChecksConfig>,
  report: (report: IssueReport) => Promise<void>,
): Feature {
  const { now } = pipeline;
  const targets = targetsOf(pipeline.config);
  const checking = targets.length === 0 ? undefined : openChecking(pipeline, targets, report);
  return {
    routes: {
      add(router) {
        router.get('/checks', getChecks(pipeline));
        router.get('/checks/summary', getSummary(pipeline));
        router.get('/checks/percent', getPercent(pipeline));
        router.get('/checks/history', getHistory(pipeline));
      },
    },
    chores: [
      {
        name: 'delete old checks',
        run: (client) => {
          const cutoff = cutoffOf(pipeline.config, oldestKeptMs(now()) / 1000);
          return archiving(pipeline.config, { table: 'checks', cutoff }, (archived) =>
            deleteOldChecks(client, Math.floor(cutoff * 1000), ROWS_A_STEP, archived),
          );
        },
      },
    ],
    topics: [checksTopic(pipeline)],
    ...checking,
  };
}

/** What checks the targets of this process, while it is on duty. */
function openChecking(
  { shards, changes, connectionString, database, logger, now }: Pipeline<ChecksConfig>,
  targets: readonly CheckTarget[],
  report: (report: IssueReport) => Promise<void>,
): Required<Pick<Feature, 'start' | 'stop' | 'measures'>> {
  const lanes = shards.lanes(checkBatches);
  const isStale = (ms: number) => ms <= now() * 1000 - WINDOW_MS;
  const waiting = { maxItems: MAX_WAITING, retryMs: RETRY_MS };
  const checks = new Outbox<Check>({
    ...waiting,
    commit: async (check) => {
      const commit = lanes.of(check.target).append(1, ({ checks }) => checks.push(check));
      // Whatever becomes of it: a COMMIT may have got lost.
      await shards.acknowledge([commit]).finally(() => changes.say(CHECKS_TOPIC, [check.target]));
    },
    isStale: ({ checkedMs }) => isStale(checkedMs),
    onDropped: (dropped) => logger.warn({ checks: dropped }, 'health checks not stored'),
  });
  const reports = new Outbox<IssueReport>({
    ...waiting,
    commit: report,
    isStale: ({ second }) => isStale(second * 1000),
    onDropped: (dropped) => logger.warn({ reports: dropped }, 'failing targets not reported'),
  });
  const outboxes = [checks, reports];
  const outcomes = new OutcomeCounter();
  const names = targets.map(({ name }) => name);
  const mostRetries = Math.max(...targets.map(({ retries }) => retries));
  const checker = new Checker({
    targets,
    now,
    random: Math.random,
    readLast: () => lastChecks(database, names, mostRetries + 1),
    onCheck: (check) => {
      outcomes.count(check);
      checks.add(check);
    },
    onFailing: (serviceName, second) => reports.add({ serviceName, state: 'issue', second }),
  });
  let isStopping = false;
  const duty = new Duty(checkLock, connectionString, {
    begin() {
      if (isStopping) return;
      logger.info({ targets: targets.length }, 'health checks begin');
      checker.begin();
    },
    doubt(error) {
      logger.warn({ error }, 'health checks in doubt');
      outboxes.forEach((outbox) => outbox.hold());
    },
    resume() {
      logger.info('health checks go on');
      outboxes.forEach((outbox) => outbox.release());
    },
    end() {
      logger.info('health checks end: another process does them');
      void checker.end();
      outboxes.forEach((outbox) => outbox.drop());
    },
  });
  return {
    measures: () => [outcomes.measure()],
    start: () => duty.start(),
    async stop() {
      isStopping = true;
      await checker.end();
      await Promise.all([duty.stop(), ...outboxes.map((outbox) => outbox.stop())]);
    },
  };
}

/** Counts the checks that this process made, by target and outcome. Targets are configured, outcomes are few. */
class OutcomeCounter {
  readonly #counts = new Map<string, MeasuredValue>();

  count(check: Check): void {
    const { target, outcome, failed } = check;
    const key = `${target}\n${outcome}`;
    const labels = { target, outcome, failed: String(failed) };
    this.#counts.set(key, { labels, value: (this.#counts.get(key)?.value ?? 0) + 1 });
  }

  measure(): Measure {
    const help = 'Health checks that this replica made, by target and outcome.';
    return { kind: 'counter', name: 'minikom_checks_total', help, values: [...this.#counts.values()] };
  }
}
