import { flagLines, readFlags, readToken } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import { SPAN_SECONDS, type LoadPlan } from './load-plan.ts';
import type { Mode } from './modes/mode.ts';
import { modeNamed, modes } from './modes/modes.ts';
import type { TimelineRules } from './verify/verification.ts';

const mostSafe = Number.MAX_SAFE_INTEGER;

/** The flags of the load tester. */
const known = {
  texts: {
    url: { help: 'the service, or its replicas, comma-separated (http://localhost:8080)' },
    mode: { help: `${modes.map(({ name }) => name).join(', ')} (${modes[0].name})` },
    token: { help: 'bearer token (environment: WRITE_TOKEN, for reads READ_TOKEN)' },
  },
  numbers: {
    batch: { least: 1, most: 1_000_000, whole: true, help: 'events per body (as the mode has it)' },
    services: { least: 1, most: 1_000_000, whole: true, help: 'services that are reported (1000)' },
    connections: {
      least: 1,
      most: 10_000,
      whole: true,
      help: 'connections, one request each at a time (64)',
    },
    rate: {
      least: 0.001,
      most: 1e6,
      whole: false,
      help: 'requests a second in all (as fast as answers come)',
    },
    duration: { least: 0.001, most: 1e6, whole: false, help: 'seconds (10, unless a count is given)' },
    requests: { least: 1, most: mostSafe, whole: true, help: 'requests in all' },
    events: { least: 1, most: mostSafe, whole: true, help: 'events in all, instead of --requests' },
    duplicates: { least: 0, most: 1, whole: false, help: 'share of the reports that is sent again (0)' },
    seed: { least: 0, most: 2 ** 32 - 1, whole: true, help: 'same seed and flags, same load (random)' },
    'start-second': { least: 0, most: 1e10, whole: true, help: 'unix seconds before all reports (in 2020)' },
    timeout: { least: 0.001, most: 3600, whole: false, help: 'seconds that an answer may take (30)' },
    'gap-seconds': { least: 1, most: 3600, whole: true, help: "the service's GAP_SECONDS, for --verify (2)" },
    'max-delay-seconds': { least: 0, most: 86_400, whole: true, help: 'its MAX_DELAY_SECONDS (10)' },
  },
  switches: {
    shuffle: { help: 'mix the order of the reports' },
    gzip: { help: 'compress bodies' },
    retry: { help: 'send what was not acknowledged again, with a wait' },
    verify: { help: 'compare afterwards what the service answers; implies --retry' },
    json: { help: 'print the result as one JSON object' },
    'allow-remote': { help: 'take addresses that are not of this machine' },
  },
};

/** The answer to `--help`. */
export const usage = `Usage: loadtest [options]
Sends load to Minikom, measures it and, if asked to, checks that nothing was lost. See docs/loadtest.md.

Modes:
${modes.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Options (default):
${flagLines(known)}

Exit status: 0 done, 1 nothing was acknowledged or --verify found differences, 2 bad arguments.
`;

/** What a load test is to do. */
export interface LoadOptions {
  /** Of replicas, that differ in host and port; the first is the one that requests name. */
  readonly urls: readonly [URL, ...URL[]];
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
    urls: target.urls,
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

/** The service under load, from `--url`. */
type ParsedTarget = Pick<LoadOptions, 'urls'> | { readonly problem: string };

/**
 * Only this machine, unless told otherwise: load does harm to a service that does not expect it, and a mistyped or
 * left-over address should not be able to.
 */
function parseTarget(text: string, allowRemote: boolean): ParsedTarget {
  const parsed = text.split(',').map((one) => parseUrl(one, allowRemote));
  const [first, ...others] = parsed.filter((one) => one instanceof URL);
  const problem = parsed.find((one) => typeof one === 'string');
  if (problem !== undefined || first === undefined) return { problem: problem ?? '' };
  if (others.some(({ pathname }) => pathname !== first.pathname)) {
    return { problem: `--url must have the same path for all replicas, not ${JSON.stringify(text)}` };
  }
  return { urls: [first, ...others] };
}

/** A URL, or what is wrong with it. */
function parseUrl(text: string, allowRemote: boolean): URL | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem = (what: string) => `--url must be ${what}, not ${JSON.stringify(text)}`;
  // Decrypting would be measured as well, by far the most of it in this process.
  if (url?.protocol !== 'http:') return problem('an http URL, as in http://localhost:8080');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return problem('a host, a port and perhaps a path');
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    return problem('this machine (localhost, 127.0.0.1, [::1]) without --allow-remote');
  }
  return url;
}

/** URL writes every form of an IPv4 address as four numbers, and IPv6 in its shortest form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
