import { readFlags, readToken } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import { flags as known } from './flags.ts';
import { SPAN_SECONDS, type LoadPlan } from './load-plan.ts';
import type { Mode } from './modes/mode.ts';
import { modeNamed, modes } from './modes/modes.ts';
import { parseTarget } from './target.ts';
import type { TimelineRules } from './verify/verification.ts';

/** What a load test is to do. */
export interface LoadOptions {
  readonly url: URL;
  readonly mode: Mode;
  readonly plan: LoadPlan;
  readonly connections: number;
  /** Requests a second; undefined: as fast as answers come. */
  readonly rate: number | undefined;
  /** May be Infinity. */
  readonly durationSeconds: number;
  readonly timeoutMs: number;
  readonly gzip: boolean;
  readonly retry: boolean;
  readonly verify: boolean;
  readonly rules: TimelineRules;
  readonly json: boolean;
  readonly writeToken: string | undefined;
  readonly readToken: string | undefined;
}

type GivenFlags = ReturnType<typeof readGiven>;

/** What the arguments do not say. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowSeconds: number;
  /** Taken if there is no `--seed`. */
  readonly seed: number;
}

const DEFAULT_DURATION_SECONDS = 10;
const HOUR_SECONDS = 3600;
// 13 September 2020, 12:00 UTC: whatever is reported is long over.
const DEFAULT_START_SECOND = 1_599_998_400;

/** Checks everything and names every problem, so that a user corrects them in one go. */
export function parseOptions(args: readonly string[], surroundings: Surroundings): Asked<LoadOptions> {
  const problems: string[] = [];
  const flags = readGiven(args, problems);
  if (flags.has('help')) return { kind: 'help' };

  const mode = parseMode(flags, problems);
  const target = parseTarget(flags.text('url') ?? 'http://localhost:8080', flags.has('allow-remote'));
  if ('problem' in target) problems.push(target.problem);
  const plan = parsePlan(flags, mode, surroundings, problems);
  const rules = {
    gapSeconds: flags.number('gap-seconds') ?? 2,
    maxDelaySeconds: flags.number('max-delay-seconds') ?? 10,
  };
  checkVerify(flags, mode, plan.startSecond, rules, surroundings.nowSeconds, problems);
  const { environment } = surroundings;
  const writeToken = readToken(flags.text('token') ?? environment.WRITE_TOKEN, '--token', problems);
  const readingToken = readToken(environment.READ_TOKEN, 'READ_TOKEN', problems) ?? writeToken;
  if ('problem' in target || problems.length > 0) return { kind: 'bad', problems };
  const options: LoadOptions = {
    url: target.url,
    mode,
    plan,
    connections: flags.number('connections') ?? 64,
    rate: flags.number('rate'),
    durationSeconds:
      flags.number('duration') ?? (plan.events === Infinity ? DEFAULT_DURATION_SECONDS : Infinity),
    timeoutMs: (flags.number('timeout') ?? 30) * 1000,
    gzip: flags.has('gzip'),
    retry: flags.has('retry') || flags.has('verify'),
    verify: flags.has('verify'),
    rules,
    json: flags.has('json'),
    writeToken,
    readToken: readingToken,
  };
  return { kind: 'run', options };
}

function parseMode(flags: GivenFlags, problems: string[]): Mode {
  const name = flags.text('mode');
  const mode = name === undefined ? modes[0] : modeNamed(name);
  if (mode !== undefined) return mode;
  problems.push(
    `--mode must be one of ${modes.map((one) => one.name).join(', ')}, not ${JSON.stringify(name)}`,
  );
  return modes[0];
}

function parsePlan(flags: GivenFlags, mode: Mode, { seed }: Surroundings, problems: string[]): LoadPlan {
  const batch = flags.number('batch') ?? mode.defaultBatch;
  // Of an unknown mode, of which this is the default, nothing is known.
  if (batch > mode.mostBatch && (flags.text('mode') ?? mode.name) === mode.name) {
    problems.push(`--batch must be at most ${mode.mostBatch} with --mode ${mode.name}`);
  }
  if (flags.has('requests') && flags.has('events'))
    problems.push('--requests and --events exclude each other');
  const requests = flags.number('requests');
  const startSecond = flags.number('start-second') ?? DEFAULT_START_SECOND;
  return {
    mode: mode.name,
    seed: flags.number('seed') ?? seed,
    services: flags.number('services') ?? 1000,
    events: requests === undefined ? (flags.number('events') ?? Infinity) : requests * batch,
    batch,
    shuffle: flags.has('shuffle'),
    duplicates: flags.number('duplicates') ?? 0,
    startSecond: startSecond - (startSecond % HOUR_SECONDS),
  };
}

function checkVerify(
  flags: GivenFlags,
  mode: Mode,
  startSecond: number,
  { maxDelaySeconds }: TimelineRules,
  nowSeconds: number,
  problems: string[],
): void {
  if (!flags.has('verify')) return;
  if (mode.verify === undefined) problems.push(`--verify is not possible with --mode ${mode.name}`);
  // Or the answers would depend on the service's clock.
  if (startSecond + SPAN_SECONDS + 2 * maxDelaySeconds > nowSeconds) {
    problems.push(`--verify needs a --start-second at least ${SPAN_SECONDS} s ago`);
  }
}

function readGiven(args: readonly string[], problems: string[]) {
  return readFlags(known, args, problems);
}
