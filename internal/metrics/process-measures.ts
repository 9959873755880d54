import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

import type pg from 'pg';

import type { Problem } from '../frontdoor/problem.ts';
import type { Measure, MeasuredValue, OwnFigures } from '../shards/figures.ts';
import { UnavailableError } from '../shards/unavailable.ts';

const measure = (
  kind: Measure['kind'],
  name: string,
  help: string,
  values: readonly MeasuredValue[],
): Measure => ({ kind, name, help, values });

const one = (value: number): MeasuredValue[] => [{ labels: {}, value }];

/** Counts requests that were not served, by why: the codes of problems, or of why something was unavailable, which are few. */
export class Refusals {
  readonly #counts = new Map<string, { readonly labels: Record<string, string>; value: number }>();

  count({ status, code, cause }: Problem): void {
    const reason = cause instanceof UnavailableError ? cause.code : code;
    const key = `${status} ${reason}`;
    const known = this.#counts.get(key) ?? { labels: { status: String(status), reason }, value: 0 };
    known.value++;
    this.#counts.set(key, known);
  }

  measure(): Measure {
    const help = 'Requests that were answered with a problem, by status and reason.';
    return measure('counter', 'minikom_requests_refused_total', help, [...this.#counts.values()]);
  }
}

const RESOLUTION_MS = 20;
const WINDOW_MS = 15_000;
const NANOSECONDS = 1e9;

/** How late the event loop of this thread is, of the last quarter of a minute or so. */
export class EventLoopWatch {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: NodeJS.Timeout;
  #known: readonly MeasuredValue[] | undefined;

  constructor() {
    this.#delay.enable();
    this.#timer = setInterval(() => {
      this.#known = this.#read();
      this.#delay.reset();
    }, WINDOW_MS);
    this.#timer.unref();
  }

  measure(): Measure {
    const help =
      'How late timers of the front door run: median, 99th percentile and most, within 15 seconds.';
    return measure('gauge', 'minikom_event_loop_lag_seconds', help, this.#known ?? this.#read());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  #read(): MeasuredValue[] {
    // It measures from one turn to the next, which are that far apart at best.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
    const figures = {
      p50: this.#delay.percentile(50),
      p99: this.#delay.percentile(99),
      max: this.#delay.max,
    };
    return Object.entries(figures).map(([figure, value]) => ({ labels: { figure }, value: late(value) }));
  }
}

/** The use of connection pools, by what they are for. */
export function poolMeasures(pools: Readonly<Record<string, pg.Pool>>): Measure[] {
  const named = Object.entries(pools);
  const connections = named.flatMap(([name, { totalCount, idleCount }]) => [
    { labels: { pool: name, state: 'busy' }, value: totalCount - idleCount },
    { labels: { pool: name, state: 'idle' }, value: idleCount },
  ]);
  const waiting = named.map(([name, { waitingCount }]) => ({ labels: { pool: name }, value: waitingCount }));
  return [
    measure('gauge', 'minikom_database_connections', 'Connections of the front door, by pool.', connections),
    measure('gauge', 'minikom_database_waiting', 'Queries that wait for a connection, by pool.', waiting),
  ];
}

/** What the system knows of this process, by the names that are usual. */
export function systemMeasures(): Measure[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const startSeconds = Date.now() / 1000 - process.uptime();
  return [
    measure('counter', 'process_cpu_seconds_total', 'User and system CPU time.', one((user + system) / 1e6)),
    measure('gauge', 'process_resident_memory_bytes', 'Resident memory.', one(rss)),
    measure(
      'gauge',
      'process_start_time_seconds',
      'When the process started, in unix seconds.',
      one(startSeconds),
    ),
    measure('gauge', 'nodejs_heap_size_used_bytes', 'Heap of the front door.', one(heapUsed)),
  ];
}

/** What shards and workers do, of one process. */
export function shardMeasures({ workers, shards }: OwnFigures): Measure[] {
  const perShard = (count: (shard: OwnFigures['shards'][number]) => number): MeasuredValue[] =>
    shards.map((shard) => ({ labels: { shard: String(shard.shardId) }, value: count(shard) }));
  const started = ({ shardId }: { readonly shardId: number }) =>
    workers.filter((worker) => worker.shardId === shardId).length;
  const accepted = workers.reduce((sum, { events }) => sum + events, 0);
  return [
    measure(
      'counter',
      'minikom_events_accepted_total',
      'Events of requests that were acknowledged.',
      one(accepted),
    ),
    measure(
      'gauge',
      'minikom_queued_events',
      'Events that wait for a flush.',
      perShard(({ queuedEvents }) => queuedEvents),
    ),
    measure(
      'gauge',
      'minikom_events_in_flight',
      'Events given to workers, whose verdict is not known.',
      perShard(({ eventsInFlight }) => eventsInFlight),
    ),
    measure(
      'gauge',
      'minikom_workers',
      'Workers that are alive.',
      perShard(({ liveWorkers }) => liveWorkers),
    ),
    measure('counter', 'minikom_worker_starts_total', 'Workers that were started.', perShard(started)),
  ];
}
