import { parseArgs } from 'node:util';

import type { TargetOptions } from './server.ts';

/** What the command line asks for; without a seed the program draws one. */
export type ParsedFlags =
  | { readonly kind: 'run'; readonly options: TargetOptions & { readonly seed: number | undefined } }
  | { readonly kind: 'help' }
  | { readonly kind: 'bad'; readonly problems: readonly string[] };

interface NumberFlag {
  readonly most: number;
  readonly whole: boolean;
  readonly help: string;
}

const numberFlags = {
  port: { most: 65_535, whole: true, help: 'where to listen; 0: any that is free (12345)' },
  'failure-percent': { most: 100, whole: false, help: 'of the requests get a 500 (25)' },
  'hang-percent': { most: 100, whole: false, help: 'of the requests get no answer (0)' },
  'reset-percent': { most: 100, whole: false, help: 'of the requests have their connection cut (0)' },
  'latency-ms': { most: 3_600_000, whole: false, help: 'milliseconds before each answer (0)' },
  seed: { most: 2 ** 32 - 1, whole: true, help: 'same seed, same answers (random)' },
} as const satisfies Record<string, NumberFlag>;
type NumberFlagName = keyof typeof numberFlags;

/** The answer to `--help`. */
export const usage = `Usage: fantastic [options]
A target for health checks that is fantastic, mostly.

Options (default):
  --host            where to listen (127.0.0.1)
${Object.entries(numberFlags)
  .map(([name, { help }]) => `  --${name.padEnd(15)} ${help}`)
  .join('\n')}
  --help            show this
`;

/** Checks everything and names every problem, so that a user corrects them in one go. */
export function parseFlags(args: readonly string[]): ParsedFlags {
  const problems: string[] = [];
  const texts = parseTexts(args, problems);
  if (texts.has('help')) return { kind: 'help' };
  const number = (name: NumberFlagName, fallback: number): number => {
    const text = texts.get(name);
    return text === undefined ? fallback : parseNumber(name, text, problems);
  };
  const options = {
    host: texts.get('host') ?? '127.0.0.1',
    port: number('port', 12_345),
    failurePercent: number('failure-percent', 25),
    hangPercent: number('hang-percent', 0),
    resetPercent: number('reset-percent', 0),
    latencyMs: number('latency-ms', 0),
    seed: texts.has('seed') ? number('seed', 0) : undefined,
  };
  if (options.host === '') problems.push('--host must not be empty');
  if (options.failurePercent + options.hangPercent + options.resetPercent > 100) {
    problems.push('--failure-percent, --hang-percent and --reset-percent must be at most 100 together');
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'run', options };
}

/** The texts of the known flags. Not parseArgs' strict mode, which stops at the first problem. */
function parseTexts(args: readonly string[], problems: string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const names = ['host', ...Object.keys(numberFlags)];
  const valued = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const options = { ...valued, help: { type: 'boolean' as const } };
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') problems.push(`unexpected argument ${JSON.stringify(token.value)}`);
    else if (token.kind === 'option-terminator') continue;
    else if (token.name === 'help' || names.includes(token.name)) texts.set(token.name, token.value ?? '');
    else problems.push(`unknown option ${token.rawName}`);
  }
  return texts;
}

function parseNumber(name: NumberFlagName, text: string, problems: string[]): number {
  const { most, whole }: NumberFlag = numberFlags[name];
  const number = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : NaN;
  if (number <= most) return number;
  const kind = whole ? 'a whole number' : 'a number';
  problems.push(`--${name} must be ${kind} from 0 to ${most}, not ${JSON.stringify(text)}`);
  return NaN;
}
