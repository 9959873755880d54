import { setTimeout as pause } from 'node:timers/promises';

import { randomOf } from '../program/random.ts';
import { CUT_SHORT, RecordingClient, type Client, type Figures } from './client.ts';
import { ClientApart } from './client-apart.ts';
import type { Fault, Scene } from './fault.ts';
import { everything } from './load.ts';
import { openStage, type Stage } from './stage.ts';
import { compare, type Comparison } from './verify.ts';

/** How faults are run. */
export interface RunOptions {
  readonly seed: number;
  /** Each fault comes at least once, and then again until it came so often or the time is over. */
  readonly mostRounds: number;
  /** For each fault. */
  readonly minutes: number;
  readonly flushTimeoutMs: number;
  /** What a slow machine may add to each time that is promised. */
  readonly slackMs: number;
  /** What takes long is shortened. */
  readonly isShort: boolean;
  /** The URLs of a Citus cluster, its coordinator first, for the faults that need one. */
  readonly servers?: readonly string[];
  readonly stop: AbortSignal;
}

/** What came of one fault. */
export interface Outcome {
  readonly name: string;
  readonly rounds: number;
  readonly items: number;
  readonly figures: Figures;
  readonly comparison: Comparison;
  /** The longest time until it served again. */
  readonly backMs: number;
  /** Connections of the service to its database, and its resident memory in MiB. */
  readonly before: Possessions;
  readonly after: Possessions;
  /** What else there is to know. */
  readonly notes: readonly string[];
  /** Whatever was not as it is promised; empty if all is well. */
  readonly problems: readonly string[];
}

interface Possessions {
  readonly connections: number;
  readonly mebibytes: number;
}

const BACK_WITHIN_MS = 2000;
const ANSWER_GRACE_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const SETTLE_MS = 60_000;
// How long the load goes on before the first and after the last round.
const AROUND_MS = 1000;
const SHORT_AROUND_MS = 300;
const SHORT_MS = 1000;
const CONNECTIONS = 16;
const SHORT_CONNECTIONS = 64;
const REQUESTS_PER_SECOND = 300;
const SHORT_REQUESTS_PER_SECOND = 120;
// Of a service as it is shipped: fifteen workers, which stay for two minutes, reads, the settler and the probes.
const MOST_CONNECTIONS = 25;
// Memory may take five minutes to be back.
const SHRINK_MS = 300_000;
// Time for the threads that stay to be quiet twice, and to be collected: see collect-when-quiet.
const SHORT_SHRINK_MS = 60_000;
const MOST_GROWTH = 2;
const GROWTH_MEBIBYTES = 64;

/** Runs faults one after the other and tells of each what came of it; resolves to whether all is as it is promised. */
export async function runFaults(
  faults: readonly Fault[],
  options: RunOptions,
  tell: (outcome: Outcome) => void,
): Promise<boolean> {
  let stage: Stage | undefined;
  let isWell = true;
  try {
    for (const fault of faults) {
      if (options.stop.aborted) break;
      if (stage !== undefined && JSON.stringify(stage.needs) !== JSON.stringify(fault.needs)) {
        await stage.close();
        stage = undefined;
      }
      stage ??= await openStage(
        fault.needs,
        { FLUSH_TIMEOUT_MS: String(options.flushTimeoutMs) },
        options.servers,
      );
      const outcome = await runFault(fault, stage, options);
      if (outcome.problems.length > 0) isWell = false;
      tell(outcome);
    }
    return isWell;
  } finally {
    await stage?.close();
  }
}

async function runFault(fault: Fault, stage: Stage, options: RunOptions): Promise<Outcome> {
  const random = randomOf(`${options.seed} ${fault.name}`);
  const client = newClient(fault, stage, random, options.isShort);
  const problems: string[] = [];
  const notes: string[] = [];
  const lastingMs = (ms: number): number => {
    if (options.isShort) return Math.min(ms, SHORT_MS);
    return fault.lastsThroughout === true && options.mostRounds === Infinity ? options.minutes * 60_000 : ms;
  };
  const scene: Scene = {
    service: stage.service,
    get postgres() {
      return stage.postgres;
    },
    get proxy() {
      return stage.proxy;
    },
    get cluster() {
      return stage.cluster;
    },
    client,
    random,
    isShort: options.isShort,
    slackMs: options.slackMs,
    lasting: (ms) => pause(lastingMs(ms)),
    complain: (problem) => void problems.push(problem),
    note: (line) => void notes.push(line),
  };
  const aroundMs = options.isShort ? SHORT_AROUND_MS : AROUND_MS;
  await pause(aroundMs);
  const before = await possessions(stage);
  const { rounds, backMs } = await runRounds(fault, scene, options).catch(async (error: unknown) => {
    // Nobody waits for what is not acknowledged, but for the end of the program.
    await client.settle(0);
    throw error;
  });
  fault.end?.(scene);
  await pause(aroundMs);
  await client.settle(SETTLE_MS);
  // What was there after the last fault is looked for again, unless a test waits.
  const sought = options.isShort ? [client.ledger] : stage.ledgers;
  const comparison = await compare(stage.service.url, sought, stage.ledgers);
  const after = await settledPossessions(stage, before, options);
  const { figures, ledger } = client;
  const outcome = {
    name: fault.name,
    rounds,
    items: ledger.items,
    figures,
    comparison,
    backMs,
    before,
    after,
    notes,
  };
  return { ...outcome, problems: [...problems, ...problemsOf(fault, outcome, options)] };
}

function newClient(fault: Fault, stage: Stage, random: () => number, isShort: boolean): Client {
  const usual = isShort ? SHORT_REQUESTS_PER_SECOND : REQUESTS_PER_SECOND;
  const { connections = CONNECTIONS, mix = everything, retries, isApart } = fault;
  const { hostname, port, host } = new URL(stage.service.url);
  const seed = Math.floor(random() * 2 ** 32);
  const options = {
    address: { host: hostname, port: Number(port) },
    connections: isShort ? Math.min(connections, SHORT_CONNECTIONS) : connections,
    requestsPerSecond: fault.requestsPerSecond ?? usual,
    beginWithinMs: isShort ? 0 : (fault.beginWithinMs ?? 0),
    retries,
    load: { seed, host, mix },
  };
  const client = isApart === true ? new ClientApart(options) : new RecordingClient({ ...options, random });
  stage.ledgers.push(client.ledger);
  return client;
}

async function runRounds(
  fault: Fault,
  scene: Scene,
  { mostRounds, minutes, stop }: RunOptions,
): Promise<{ rounds: number; backMs: number }> {
  const endMs = performance.now() + minutes * 60_000;
  let backMs = 0;
  for (let rounds = 1; ; rounds++) {
    await fault.round(scene);
    backMs = Math.max(backMs, await scene.service.untilServed(LONGEST_WAIT_MS));
    if (rounds >= mostRounds || performance.now() >= endMs || stop.aborted) return { rounds, backMs };
  }
}

async function possessions(stage: Stage): Promise<Possessions> {
  return {
    connections: (await stage.backends()).length,
    mebibytes: stage.service.residentMebibytes,
  };
}

const mostMebibytes = ({ mebibytes }: Possessions) => mebibytes * MOST_GROWTH + GROWTH_MEBIBYTES;

/** What it has when its memory is back where it was, or a while later. */
async function settledPossessions(
  stage: Stage,
  before: Possessions,
  { isShort }: RunOptions,
): Promise<Possessions> {
  const endMs = performance.now() + (isShort ? SHORT_SHRINK_MS : SHRINK_MS);
  for (;;) {
    const after = await possessions(stage);
    if (after.mebibytes <= mostMebibytes(before) || performance.now() >= endMs) return after;
    await pause(AROUND_MS);
  }
}

function problemsOf(
  fault: Fault,
  { figures, comparison, backMs, before, after }: Omit<Outcome, 'problems'>,
  { flushTimeoutMs, slackMs }: RunOptions,
): string[] {
  const problems: string[] = [...comparison.first];
  const tooLong = (what: string, ms: number | null, mostMs: number): void => {
    if (ms !== null && ms > mostMs + slackMs)
      problems.push(`${what} after ${Math.round(ms)} ms, not ${mostMs}`);
  };
  for (const [what, times] of figures.wrong) problems.push(`${times} times ${what}`);
  for (const [how, times] of figures.unanswered) {
    const isExpected = fault.endsService === true && !how.endsWith('timeout');
    if (!isExpected && !how.endsWith(CUT_SHORT)) problems.push(`${times} times no answer to ${how}`);
  }
  tooLong('answered', figures.slowestMs, flushTimeoutMs + ANSWER_GRACE_MS);
  if (fault.answersWithin !== undefined) {
    const { refusedMs, acknowledgedMs } = fault.answersWithin;
    tooLong('refused (p99)', figures.refusedMs.p99, refusedMs);
    tooLong('acknowledged (p99)', figures.acknowledgedMs.p99, acknowledgedMs);
  }
  tooLong('served again', backMs, fault.backWithinMs ?? BACK_WITHIN_MS);
  if (after.connections > MOST_CONNECTIONS) {
    problems.push(`${after.connections} connections to the database, ${before.connections} before`);
  }
  if (after.mebibytes > mostMebibytes(before)) {
    problems.push(`${Math.round(after.mebibytes)} MiB, ${Math.round(before.mebibytes)} before`);
  }
  return problems;
}
