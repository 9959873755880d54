import { parseArgs } from 'node:util';

/** A flag with a number. */
export interface NumberFlag {
  readonly least: number;
  readonly most: number;
  /** No fraction. */
  readonly whole: boolean;
  readonly help: string;
}

interface OtherFlag {
  readonly help: string;
}

/** The flags that a program knows, by name and by what comes after them: a text, a number or nothing. */
export interface FlagSet<
  Texts extends string = string,
  Numbers extends string = string,
  Switches extends string = string,
> {
  readonly texts: Readonly<Record<Texts, OtherFlag>>;
  readonly numbers: Readonly<Record<Numbers, NumberFlag>>;
  readonly switches: Readonly<Record<Switches, OtherFlag>>;
}

/** The flags that are given. `--help` is known to every program. */
export interface GivenFlags<Texts extends string, Numbers extends string, Switches extends string> {
  text(name: Texts): string | undefined;
  number(name: Numbers): number | undefined;
  has(name: Texts | Numbers | Switches | 'help'): boolean;
}

/** The list of a program's flags for its `--help`, a line each. */
export function flagLines({ texts, numbers, switches }: FlagSet): string {
  const flags = Object.entries({ ...texts, ...numbers, ...switches, help: { help: 'show this' } });
  const width = Math.max(...flags.map(([name]) => name.length)) + 1;
  return flags.map(([name, { help }]) => `  --${name.padEnd(width)} ${help}`).join('\n');
}

/** Reads the flags and adds a sentence to `problems` for each that cannot be read. */
export function readFlags<Texts extends string, Numbers extends string, Switches extends string>(
  { texts, numbers, switches }: FlagSet<Texts, Numbers, Switches>,
  args: readonly string[],
  problems: string[],
): GivenFlags<Texts, Numbers, Switches> {
  const valued = { ...texts, ...numbers };
  const bare = { ...switches, help: {} };
  const given = new Map<string, string | undefined>();
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const name of Object.keys(valued)) options[name] = { type: 'string' };
  for (const name of Object.keys(bare)) options[name] = { type: 'boolean' };
  // Not parseArgs' strict mode, which stops at the first problem.
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') problems.push(`unexpected argument ${JSON.stringify(token.value)}`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (Object.hasOwn(valued, name)) {
      if (value === undefined) problems.push(`--${name} needs a value`);
      else given.set(name, value);
    } else if (!Object.hasOwn(bare, name)) problems.push(`unknown option ${rawName}`);
    else if (value !== undefined) problems.push(`--${name} takes no value`);
    else given.set(name, undefined);
  }
  const values = new Map<string, number>();
  for (const [name, flag] of Object.entries<NumberFlag>(numbers)) {
    const text = given.get(name);
    const value = text === undefined ? undefined : readNumber(name, text, flag, problems);
    if (value !== undefined) values.set(name, value);
  }
  return {
    text: (name) => given.get(name),
    number: (name) => values.get(name),
    has: (name) => given.has(name),
  };
}

/** Reads a bearer token; undefined if there is none, or a bad one, which is a problem that does not show it. */
export function readToken(text: string | undefined, name: string, problems: string[]): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(text)) problems.push(`${name} must be printable ASCII without spaces`);
  return text;
}

function readNumber(
  name: string,
  text: string,
  { least, most, whole }: NumberFlag,
  problems: string[],
): number | undefined {
  const number = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const kind = whole ? 'a whole number' : 'a number';
  problems.push(`--${name} must be ${kind} from ${least} to ${most}, not ${JSON.stringify(text)}`);
  return undefined;
}
