import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { asFastAsAnswersCome, fixedRate, type Clock } from './clock.ts';
import { Connection } from './connection.ts';
import { LoadRun, noRetries, patientRetries } from './load-run.ts';
import type { LoadOptions } from './options.ts';
import { Progress, throughputLine, type Screen } from './progress.ts';
import type { RequestOptions, RequestTarget } from './request-chunks.ts';
import { RequestSupply } from './request-supply.ts';
import { whole, type LoadResult } from './result.ts';
import { Outcomes, Tally } from './tally.ts';
import { makeAsker } from './verify/asker.ts';
import type { Verification } from './verify/verification.ts';

/** What a load test needs of its surroundings. */
export interface LoadTestPorts {
  readonly clock: Clock;
  /** Unix seconds. */
  readonly now: () => number;
  /** Numbers in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  readonly screen: Screen;
  /** Ends the load early; the result says what was done until then. */
  readonly stop: AbortSignal;
}

/** Looks, builds, sends, compares. Rejects if requests cannot be built, or if a verification gets no answers. */
export async function runLoadTest(options: LoadOptions, ports: LoadTestPorts): Promise<LoadResult> {
  const progress = new Progress(ports.screen, ports.clock);
  const target = requestTarget(options);
  // Each connection goes to a replica by chance, and to another one when that is gone.
  const anyAddress = () => {
    const url = options.urls[Math.floor(ports.random() * options.urls.length)] ?? options.urls[0];
    return { host: hostOf(url), port: Number(url.port || 80) };
  };
  const connections = Array.from(
    { length: options.connections },
    () => new Connection(anyAddress, options.timeoutMs),
  );
  const needsKey = options.retry && options.mode.needsIdempotencyKey;
  const requests: RequestOptions = {
    plan: options.plan,
    target,
    gzip: options.gzip || options.mode.isAlwaysCompressed === true,
    // New for each run, or a repeated run would store nothing.
    idempotencyKey: needsKey ? `${randomUUID()}-` : undefined,
  };
  const supply = new RequestSupply(requests, (options.rate ?? Infinity) * options.durationSeconds);
  try {
    progress.start(() => 'building requests');
    // Connected while requests are built, so that the first latencies are not those of connecting.
    for (const connection of connections) connection.open();
    const beginning = beginVerification(options, ports, target, connections, progress);
    // Whichever fails first is told; the other must not fail unheard.
    const [compare] = await Promise.all([beginning, filledOrStopped(supply, ports.stop)]);
    const { outcomes, result } = await send(options, ports, supply, connections, progress);
    if (supply.failure !== undefined) throw supply.failure;
    const verification = compare === undefined ? null : await compare(outcomes);
    return { ...result, interrupted: ports.stop.aborted, verification };
  } finally {
    progress.stop();
    for (const connection of connections) connection.close();
    await supply.stop();
  }
}

async function send(
  options: LoadOptions,
  { clock, random, stop }: LoadTestPorts,
  supply: RequestSupply,
  senders: readonly Connection[],
  progress: Progress,
): Promise<{ outcomes: Outcomes; result: Omit<LoadResult, 'interrupted' | 'verification'> }> {
  const tally = new Tally();
  const outcomes = new Outcomes();
  const startMs = clock.nowMs();
  const endMs = startMs + options.durationSeconds * 1000;
  const pace = options.rate === undefined ? asFastAsAnswersCome : fixedRate(options.rate, startMs);
  const retryRules = options.retry ? patientRetries : noRetries;
  const run = new LoadRun({
    source: supply,
    senders,
    pace,
    endMs,
    retryRules,
    tally,
    outcomes,
    clock,
    random,
  });
  const interrupt = (): void => run.interrupt();
  progress.start(throughputLine(tally, clock));
  stop.addEventListener('abort', interrupt);
  if (!stop.aborted) await run.run();
  stop.removeEventListener('abort', interrupt);
  progress.stop();

  const seconds = Math.max(0, run.lastAnswerMs - startMs) / 1000;
  const perSecond = (count: number) => (seconds === 0 ? 0 : count / seconds);
  const result = {
    mode: options.mode.name,
    seed: options.plan.seed,
    connections: options.connections,
    seconds,
    requests: tally.requests,
    events: tally.events,
    requestsPerSecond: perSecond(tally.requests),
    eventsPerSecond: perSecond(tally.events),
    mebibytesPerSecond: perSecond(tally.bytes) / 2 ** 20,
    latencyMs: tally.latencies.summary(),
    errors: Object.fromEntries(tally.errors),
    retries: tally.retries,
    givenUp: tally.givenUp,
    notSent: supply.isAtEnd || stop.aborted ? 0 : Math.max(0, (pace.dueBefore(endMs) ?? 0) - run.started),
    starvedSeconds: run.starvedMs / 1000,
  };
  return { outcomes, result };
}

async function beginVerification(
  options: LoadOptions,
  { clock, random, now, stop }: LoadTestPorts,
  target: RequestTarget,
  senders: readonly Connection[],
  progress: Progress,
): Promise<((outcomes: Outcomes) => Promise<Verification>) | undefined> {
  if (!options.verify) return undefined;
  let [answered, all] = [0, 0];
  // What ended the load does not end the verification of what was done until then.
  let wasStopped = true;
  const compare = await options.mode.verify?.({
    plan: options.plan,
    rules: options.rules,
    ask: makeAsker({ target, senders, retryRules: patientRetries, clock, random }),
    concurrency: senders.length,
    now,
    isOver: () => stop.aborted && !wasStopped,
    onProgress: (...figures) => ([answered, all] = figures),
  });
  return async (outcomes) => {
    wasStopped = stop.aborted;
    progress.start(() => `verifying: ${whole(answered)} of ${whole(all)} services`);
    return compare?.(outcomes) ?? Promise.reject(new Error('this mode cannot be verified'));
  };
}

async function filledOrStopped(supply: RequestSupply, stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await Promise.race([supply.filled, once(stop, 'abort')]);
}

function requestTarget({ urls: [url], writeToken, readToken }: LoadOptions): RequestTarget {
  return { host: url.host, basePath: url.pathname.replace(/\/+$/, ''), writeToken, readToken };
}

/** Sockets take IPv6 addresses without the brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
