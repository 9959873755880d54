import type { Measure, MeasuredValue } from '../../shards/figures.ts';
import type { PendingFigures, SettlingProgress } from '../settling/settler.ts';
import { allNewest } from '../history/newest.ts';
import { stateAt, type ReportedState } from '../timeline.ts';
import type { Reading } from './one-service.ts';

const gauge = (name: string, help: string, value: number): Measure => ({
  ...{ kind: 'gauge', name, help, values: [{ labels: {}, value }] },
});

/** What a process knows of settling. */
export function settlingMeasures(figures: PendingFigures, progress: SettlingProgress): Measure[] {
  const counter = (name: string, help: string, value: number): Measure => ({
    ...gauge(name, help, value),
    kind: 'counter',
  });
  return [
    gauge('minikom_pending_batches', 'Batches that are committed and not settled.', figures.batches),
    gauge('minikom_pending_bytes', 'Bytes of what is committed and not settled.', figures.bytes),
    gauge('minikom_settling_lag_seconds', 'For how long something may be pending.', progress.lagMs / 1000),
    gauge('minikom_set_aside_batches', 'Batches that nobody could read.', figures.setAsideBatches),
    counter(
      'minikom_observations_settled_total',
      'Seconds of services that were settled, each once a round; reports of the same second are one.',
      progress.settledSeconds,
    ),
    counter(
      'minikom_observations_late_total',
      'Of those settled, seconds that for sure came later than MAX_DELAY_SECONDS.',
      progress.lateSeconds,
    ),
  ];
}

type State = ReportedState | 'idle';

const stateNumbers: Readonly<Record<State, number>> = { idle: 0, deploy: 1, issue: 2 };

// So much of the time at most goes to reading all services, however often they are asked for.
const PAUSE_PER_READ = 9;

/**
 * Returns what reads how many services are in which state and, if they are to be named, which one each is in. Those who
 * ask at once share a read, and one that took long is told for a while.
 */
export function serviceMeasures(reading: Reading, areNamed: boolean): () => Promise<readonly Measure[]> {
  let underWay: Promise<readonly Measure[]> | undefined;
  let validUntilMs = -Infinity;
  return () => {
    if (underWay !== undefined && performance.now() < validUntilMs) return underWay;
    const startedAtMs = performance.now();
    validUntilMs = Infinity;
    underWay = readStates(reading, areNamed).finally(() => {
      const endedAtMs = performance.now();
      validUntilMs = endedAtMs + PAUSE_PER_READ * (endedAtMs - startedAtMs);
    });
    underWay.catch(() => (underWay = undefined));
    return underWay;
  };
}

async function readStates(reading: Reading, areNamed: boolean): Promise<readonly Measure[]> {
  const maxDelaySeconds = reading.config.MAX_DELAY_SECONDS;
  const counts: Record<State, number> = { idle: 0, deploy: 0, issue: 0 };
  const named: MeasuredValue[] = [];
  for await (const some of allNewest(reading.source)) {
    const nowSeconds = reading.now();
    for (const { serviceName, interval, gapSeconds } of some) {
      const { state } = stateAt(interval, nowSeconds, { gapSeconds, maxDelaySeconds });
      counts[state]++;
      if (areNamed) named.push({ labels: { service: serviceName }, value: stateNumbers[state] });
    }
  }
  const values = Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
  const all: Measure = { kind: 'gauge', name: 'minikom_services', help: 'Services by state.', values };
  if (!areNamed) return [all];
  const help = 'The state of each service: 0 idle, 1 deploy, 2 issue.';
  return [all, { kind: 'gauge', name: 'minikom_service_state', help, values: named }];
}
