import { isIP } from 'node:net';

import { z } from 'zod';

import { checkTargets } from './check-targets.ts';

/** Thrown once for everything that is wrong with the environment; the message has one line per bad variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[]) {
    super(['The configuration is not valid:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum, `must be at least ${minimum}`).max(maximum, `must be at most ${maximum}`));

const integer = (minimum: number, maximum: number, fallback: number) =>
  wholeNumber(minimum, maximum).default(fallback);

const milliseconds = (fallback: number, minimum = 1) => integer(minimum, 86_400_000, fallback);

const tokens = z
  .string()
  .transform((list) => list.split(',').map((token) => token.trim()))
  .pipe(z.array(z.string().regex(/^[\x21-\x7e]+$/, 'must be comma-separated tokens of visible ASCII')))
  .default([]);

const postgresUrl = z
  .string()
  .refine((url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url), 'must be a postgres:// URL');

const host = z.string().refine(isHost, 'must be an IP address or a host name');

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

const booleanFlag = z.enum(['0', '1'], 'must be 0 or 1').transform((flag) => flag === '1');

/** Where data goes unless DATA_DIR says so. */
export const DEFAULT_DATA_DIR = './data';

const variables = z.object({
  HOST: host.default('127.0.0.1'),
  PORT: integer(0, 65_535, 8080),
  DATABASE_URL: postgresUrl.optional(),
  DATA_DIR: z.string().default(DEFAULT_DATA_DIR),
  ALLOW_UNSAFE_DATABASE: booleanFlag.default(false),
  PROCESSES: integer(1, 64, 1),
  SHARDS: integer(1, 256, 5),
  WORKERS_PER_SHARD: integer(1, 64, 3),
  WORKER_IDLE_TIMEOUT_MS: milliseconds(120_000),
  BATCH_SIZE: integer(1, 1_000_000, 20_000),
  FLUSH_INTERVAL_MS: integer(0, 60_000, 1),
  FLUSH_TIMEOUT_MS: milliseconds(5000, 10),
  MAX_QUEUED_EVENTS: integer(1, 10_000_000, 100_000),
  MAX_BODY_BYTES: integer(1, 1_073_741_824, 33_554_432),
  MAX_BATCH_EVENTS: integer(1, 1_000_000, 100_000),
  GAP_SECONDS: integer(1, 3600, 2),
  MAX_DELAY_SECONDS: integer(0, 86_400, 10),
  MAX_FUTURE_SECONDS: integer(0, 86_400, 60),
  RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
  WRITE_TOKENS: tokens,
  READ_TOKENS: tokens,
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be one of trace, debug, info, warn, error, fatal, silent',
    )
    .default('info'),
  CHECK_TARGETS: checkTargets,
  CHECK_INTERVAL_SECONDS: integer(1, 86_400, 5),
  CHECK_TIMEOUT_SECONDS: integer(1, 3600, 4),
  SHUTDOWN_TIMEOUT_MS: milliseconds(10_000, 100),
  TZ: timeZone.optional(),
});

/** The whole configuration, frozen. Durations carry their unit in the name; see docs/operations.md. */
export type Config = Readonly<z.output<typeof variables>>;

/** What is set; an empty variable counts as not set. */
export function variablesSet(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/**
 * Reads the configuration; an empty variable counts as not set. Throws one {@link ConfigError} that names every bad
 * variable, and what else was found to be wrong: `otherFaults`, such as what `fileFaults` tells.
 */
export function readConfig(environment: Environment, otherFaults: readonly string[] = []): Config {
  const set = variablesSet(environment);
  const result = variables.safeParse(set);
  const relations = [...tlsPairFaults(set), ...(result.success ? intervalFaults(result.data) : [])];
  const values = (result.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    const value = secret.has(name) ? '' : ` (got ${JSON.stringify(set[name])})`;
    return `${name} ${issue.message}${value}`;
  });
  const faults = [...new Set([...values, ...relations, ...otherFaults])];
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(result.data);
}

/** Checked past the schema, which looks at no pair while any single value is bad. */
function tlsPairFaults({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }: Environment): string[] {
  if ((cert === undefined) === (key === undefined)) return [];
  return [`${cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE'} is needed as well for HTTPS`];
}

function intervalFaults({ FLUSH_INTERVAL_MS, FLUSH_TIMEOUT_MS }: Config): string[] {
  if (FLUSH_INTERVAL_MS < FLUSH_TIMEOUT_MS) return [];
  return ['FLUSH_INTERVAL_MS must be less than FLUSH_TIMEOUT_MS, or every batch expires while it waits'];
}

// Their values must not reach a terminal or a log.
const secret = new Set(['DATABASE_URL', 'WRITE_TOKENS', 'READ_TOKENS', 'CHECK_TARGETS']);

// The last label of a name is no number: then it is meant as an address, and is a wrong one.
const HOST_NAME =
  /^(?=.{1,253}$)([a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?\.)*(?!\d+\.?$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?\.?$/i;

function isHost(host: string): boolean {
  return isIP(host) !== 0 || HOST_NAME.test(host);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
