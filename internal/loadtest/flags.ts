import { parseArgs } from 'node:util';

import { modes } from './modes/modes.ts';

interface NumberFlag {
  readonly least: number;
  readonly most: number;
  /** No fraction. */
  readonly whole: boolean;
  readonly help: string;
}

const mostSafe = Number.MAX_SAFE_INTEGER;

/** Flags with a number. */
export const numberFlags = {
  batch: { least: 1, most: 1_000_000, whole: true, help: 'events per body (as the mode has it)' },
  services: { least: 1, most: 1_000_000, whole: true, help: 'services that are reported (1000)' },
  connections: { least: 1, most: 10_000, whole: true, help: 'connections, one request each at a time (64)' },
  rate: { least: 0.001, most: 1e6, whole: false, help: 'requests a second in all (as fast as answers come)' },
  duration: { least: 0.001, most: 1e6, whole: false, help: 'seconds (10, unless a count is given)' },
  requests: { least: 1, most: mostSafe, whole: true, help: 'requests in all' },
  events: { least: 1, most: mostSafe, whole: true, help: 'events in all, instead of --requests' },
  duplicates: { least: 0, most: 1, whole: false, help: 'share of the reports that is sent again (0)' },
  seed: { least: 0, most: 2 ** 32 - 1, whole: true, help: 'same seed and flags, same load (random)' },
  'start-second': { least: 0, most: 1e10, whole: true, help: 'unix seconds before all reports (in 2020)' },
  timeout: { least: 0.001, most: 3600, whole: false, help: 'seconds that an answer may take (30)' },
  'gap-seconds': { least: 1, most: 3600, whole: true, help: "the service's GAP_SECONDS, for --verify (2)" },
  'max-delay-seconds': { least: 0, most: 86_400, whole: true, help: 'its MAX_DELAY_SECONDS (10)' },
} as const satisfies Record<string, NumberFlag>;

/** Flags with a text. */
export const textFlags = {
  url: { help: 'the service (http://localhost:8080)' },
  mode: { help: `${modes.map(({ name }) => name).join(', ')} (${modes[0].name})` },
  token: { help: 'bearer token (environment: WRITE_TOKEN, for reads READ_TOKEN)' },
} as const;

/** Flags that are there or not. */
export const switches = {
  shuffle: { help: 'mix the order of the reports' },
  gzip: { help: 'compress bodies' },
  retry: { help: 'send what was not acknowledged again, with a wait' },
  verify: { help: 'compare afterwards what the service answers; implies --retry' },
  json: { help: 'print the result as one JSON object' },
  'allow-remote': { help: 'take addresses that are not of this machine' },
  help: { help: 'show this' },
} as const;

type NumberName = keyof typeof numberFlags;
type TextName = keyof typeof textFlags;
type SwitchName = keyof typeof switches;

/** The flags that are given. */
export interface GivenFlags {
  number(name: NumberName): number | undefined;
  text(name: TextName): string | undefined;
  has(name: NumberName | TextName | SwitchName): boolean;
}

/** Reads the flags and adds a sentence to `problems` for each that cannot be read. */
export function readFlags(args: readonly string[], problems: string[]): GivenFlags {
  const texts = new Map<string, string | undefined>();
  const valued = { ...numberFlags, ...textFlags };
  const options = Object.fromEntries([
    ...Object.keys(valued).map((name) => [name, { type: 'string' as const }]),
    ...Object.keys(switches).map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  // Not parseArgs' strict mode, which stops at the first problem.
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') problems.push(`unexpected argument ${JSON.stringify(token.value)}`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (Object.hasOwn(valued, name)) {
      if (value === undefined) problems.push(`--${name} needs a value`);
      else texts.set(name, value);
    } else if (!Object.hasOwn(switches, name)) problems.push(`unknown option ${rawName}`);
    else if (value !== undefined) problems.push(`--${name} takes no value`);
    else texts.set(name, undefined);
  }
  const numbers = new Map<NumberName, number>();
  for (const name of Object.keys(numberFlags) as NumberName[]) {
    const text = texts.get(name);
    const number = text === undefined ? undefined : readNumber(name, text, problems);
    if (number !== undefined) numbers.set(name, number);
  }
  return {
    number: (name) => numbers.get(name),
    text: (name) => texts.get(name),
    has: (name) => texts.has(name),
  };
}

function readNumber(name: NumberName, text: string, problems: string[]): number | undefined {
  const { least, most, whole }: NumberFlag = numberFlags[name];
  const number = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const kind = whole ? 'a whole number' : 'a number';
  problems.push(`--${name} must be ${kind} from ${least} to ${most}, not ${JSON.stringify(text)}`);
  return undefined;
}
