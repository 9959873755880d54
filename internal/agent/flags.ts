import { parseArgs } from 'node:util';
import type { AgentOptions } from './agent.ts';
import { defaultServices } from './service-names.ts';

/** What the command line and the environment ask for; without a seed the program draws one. */
export type ParsedFlags =
  | { kind: 'run'; options: Omit<AgentOptions, 'seed'> & { seed: number | undefined } }
  | { kind: 'help' }
  | { kind: 'bad'; problems: string[] };

interface NumberFlag {
  least: number;
  most: number;
  /** No fraction. */
  whole: boolean;
  help: string;
}

const mostSafe = Number.MAX_SAFE_INTEGER;
const flags = {
  services: { least: 1, most: 100_000, whole: true, help: `services to report (${defaultServices})` },
  'speed-up': { least: 1, most: 1_000_000, whole: false, help: 'simulated seconds per second (1)' },
  seed: { least: 0, most: mostSafe, whole: true, help: 'same seed, same reports (random)' },
  'start-second': { least: 0, most: 1e10, whole: true, help: 'first simulated unix second (to end now)' },
  duration: { least: 1, most: 1e10, whole: true, help: 'simulated seconds to run (for ever)' },
  loss: { least: 0, most: 1, whole: false, help: 'share of reports never sent, 0 to 1 (0)' },
  duplicates: { least: 0, most: 1, whole: false, help: 'share of reports sent twice, 0 to 1 (0)' },
} as const satisfies Record<string, NumberFlag>;
type FlagName = keyof typeof flags;

/** The answer to `--help`. */
export const usage = `Usage: komobox [options]
Reports made-up states of services, once a second each, to a server.

Environment:
  ENDPOINT        http(s) URL to post to, required; without a path /event is meant
  WRITE_TOKEN     sent as bearer token, if set

Options (default):
${Object.entries(flags)
  .map(([name, { help }]) => `  --${name.padEnd(13)} ${help}`)
  .join('\n')}
  --help          show this
`;

/** Checks everything and names every problem, so that a user corrects them in one go. */
export function parseFlags(args: string[], environment: Record<string, string | undefined>): ParsedFlags {
  const problems: string[] = [];
  const texts = parseTexts(args, problems);
  if (texts.has('help')) return { kind: 'help' };

  const number = (name: FlagName): number | undefined => {
    const text = texts.get(name);
    return text === undefined ? undefined : parseNumber(name, text, problems);
  };
  const endpoint = parseEndpoint(environment.ENDPOINT, problems);
  const options = {
    token: parseToken(environment.WRITE_TOKEN, problems),
    services: number('services') ?? defaultServices,
    speedUp: number('speed-up') ?? 1,
    seed: number('seed'),
    startSecond: number('start-second'),
    durationSeconds: number('duration') ?? Infinity,
    loss: number('loss') ?? 0,
    duplicates: number('duplicates') ?? 0,
  };
  if (options.speedUp > 1 && !texts.has('duration')) {
    problems.push('--speed-up above 1 needs --duration, so that simulated time can end at the present');
  }
  if (endpoint === undefined || problems.length > 0) return { kind: 'bad', problems };
  return { kind: 'run', options: { ...options, endpoint } };
}

/** The texts of the known flags. Not parseArgs' strict mode, which stops at the first problem. */
function parseTexts(args: string[], problems: string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const valued = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  const options = { ...valued, help: { type: 'boolean' as const } };
  for (const token of parseArgs({ args, options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') problems.push(`unexpected argument ${JSON.stringify(token.value)}`);
    else if (token.kind === 'option-terminator') continue;
    else if (token.name === 'help' || Object.hasOwn(flags, token.name))
      texts.set(token.name, token.value ?? '');
    else problems.push(`unknown option ${token.rawName}`);
  }
  return texts;
}

function parseNumber(name: FlagName, text: string, problems: string[]): number | undefined {
  const { least, most, whole }: NumberFlag = flags[name];
  const number = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const kind = whole ? 'a whole number' : 'a number';
  problems.push(`--${name} must be ${kind} from ${least} to ${most}, not ${JSON.stringify(text)}`);
  return undefined;
}

function parseEndpoint(text: string | undefined, problems: string[]): URL | undefined {
  if (text === undefined || text === '') {
    problems.push('ENDPOINT is missing: set it to the URL to report to, as in http://localhost:8080');
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    problems.push(`ENDPOINT must be an http or https URL, not ${JSON.stringify(text)}`);
    return undefined;
  }
  if (url.pathname === '/') url.pathname = '/event';
  return url;
}

function parseToken(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined || text === '') return undefined;
  // Not shown: it is a secret.
  if (!/^[\x21-\x7e]+$/.test(text)) problems.push('WRITE_TOKEN must be printable ASCII without spaces');
  return text;
}
