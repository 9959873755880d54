import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from '../telemetry/logger.ts';
import { Delivery, type DeliveryStats } from './delivery.ts';
import { makeSender } from './http-sender.ts';
import { makeSchedule, planOf, serviceNames, type PlannedReport, type Schedule } from './plan.ts';
import { rateLimitedWarn } from './rate-limited-log.ts';

/** What to report, how fast and where to. */
export interface AgentOptions extends Pace {
  endpoint: URL;
  token: string | undefined;
  services: number;
  seed: number;
  loss: number;
  duplicates: number;
}

/** Bounds of an agent, with those of the program as default. */
const defaultLimits = {
  maxWaiting: 100_000,
  maxInFlight: 64,
  requestTimeoutMs: 5_000,
  statsIntervalMs: 10_000,
  /** For what still waits when the duration is over. */
  finishTimeoutMs: 60_000,
  /** For what still waits when the agent is told to stop. */
  stopTimeoutMs: 5_000,
};

export interface AgentContext {
  /** Milliseconds since 1970; says which second it is. */
  clock: () => number;
  /** Milliseconds since whenever, but without the jumps of a clock that is set; measures pauses. */
  stopwatch: () => number;
  /** Numbers in [0, 1) for the jitter of the back-off; the plan has its own. */
  random: () => number;
  logger: Logger;
  /** Aborts when the agent shall stop. */
  stop: AbortSignal;
  limits?: Partial<typeof defaultLimits>;
}

const tickMs = 25;

/** Reports until the duration is over or `stop` aborts, then delivers what waits. Returns the final stats. */
export async function runAgent(options: AgentOptions, context: AgentContext): Promise<DeliveryStats> {
  const { clock, stopwatch, random, logger, stop } = context;
  const limits = { ...defaultLimits, ...context.limits };
  const sender = makeSender({
    endpoint: options.endpoint,
    token: options.token,
    maxSockets: limits.maxInFlight,
    timeoutMs: limits.requestTimeoutMs,
    clock,
  });
  const warn = rateLimitedWarn(logger, stopwatch);
  const delivery = new Delivery({ ...limits, send: (body) => sender.send(body), stopwatch, random, warn });
  const statsTimer = setInterval(() => logger.info(delivery.stats(), 'stats'), limits.statsIntervalMs);
  try {
    await generate(options, context, delivery);
    await delivery.drain(drainDeadline(stop, limits));
    return delivery.stats();
  } finally {
    clearInterval(statsTimer);
    delivery.close();
    sender.close();
  }
}

/** Adds every report when it is due, and at the end at once those whose delay is not over. */
async function generate(
  options: AgentOptions,
  { clock, logger, stop }: AgentContext,
  delivery: Delivery,
): Promise<void> {
  const start = simulationStart(options, clock() / 1000);
  const startSecond = Math.floor(start);
  const endSecond = startSecond + options.durationSeconds;
  const { seed, services } = options;
  // With these a run can be repeated.
  logger.info({ host: options.endpoint.host, services, seed, startSecond }, 'reporting');

  const schedule = scheduleOf(options, startSecond, endSecond);
  const now = simulatedClock(clock, start, options.speedUp);
  while (!stop.aborted) {
    const second = Math.min(now(), endSecond);
    for (const report of schedule.takeDue(second)) addCopies(report, delivery);
    if (second === endSecond) break;
    // One tick for all services: a timer per report would not keep up with a sped-up run.
    await sleep(tickMs, undefined, { signal: stop }).catch(() => undefined);
  }
  for (const report of schedule.takeDelayed()) addCopies(report, delivery);
}

function scheduleOf(options: AgentOptions, startSecond: number, endSecond: number): Schedule {
  const { seed, loss, duplicates } = options;
  const plans = serviceNames(options.services).map((name) =>
    planOf(name, { seed, startSecond, endSecond, loss, duplicates }),
  );
  return makeSchedule(plans, startSecond);
}

function addCopies({ serviceName, state, timestamp, copies }: PlannedReport, delivery: Delivery): void {
  const body = JSON.stringify({ service_name: serviceName, state, timestamp });
  for (let copy = 0; copy < copies; copy++) delivery.add(body);
}

/** Aborts when the time to deliver what waits is over; a stop, before or meanwhile, shortens it. */
function drainDeadline(stop: AbortSignal, limits: typeof defaultLimits): AbortSignal {
  const deadline = new AbortController();
  const abortAfter = (ms: number): void => {
    setTimeout(() => deadline.abort(), ms).unref();
  };
  abortAfter(limits.finishTimeoutMs);
  if (stop.aborted) abortAfter(limits.stopTimeoutMs);
  else stop.addEventListener('abort', () => abortAfter(limits.stopTimeoutMs), { once: true });
  return deadline.signal;
}

/** How simulated time relates to real time. */
export interface Pace {
  /** Simulated seconds in a real second, at least 1. */
  speedUp: number;
  /** Simulated seconds that the run lasts; may be Infinity if `speedUp` is 1. */
  durationSeconds: number;
  /** Where simulated time begins, unix seconds; undefined: so that it ends at the present. */
  startSecond: number | undefined;
}

/**
 * The simulated unix second (with its fraction) at which a run that begins at the real second `nowSecond`
 * begins. A sped-up run begins in the past and catches up with the present when it ends, because a server
 * refuses timestamps of the future; at speed 1 simulated time is real time.
 */
export function simulationStart(pace: Pace, nowSecond: number): number {
  if (pace.startSecond !== undefined) return pace.startSecond;
  if (pace.speedUp === 1) return nowSecond;
  return Math.max(0, nowSecond + pace.durationSeconds / pace.speedUp - pace.durationSeconds);
}

/** A clock in simulated unix seconds that is at `startSecond` now; `clock` is in real milliseconds. */
export function simulatedClock(clock: () => number, startSecond: number, speedUp: number): () => number {
  const beganMs = clock();
  return () => startSecond + ((clock() - beganMs) / 1000) * speedUp;
}
