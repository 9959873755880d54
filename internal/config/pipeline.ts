import { isIP } from 'node:net';

import { z } from 'zod';

import { faultOfUrl } from '../database/connection.ts';
import { integer, secret, wholeNumber, type ConfigOf } from './config.ts';
import { parseTokens } from './tokens.ts';

const milliseconds = (fallback: number, minimum = 1) => integer(minimum, 86_400_000, fallback);

const commaSeparated = (list: string) => list.split(',').map((entry) => entry.trim());

const tokens = z
  .string()
  .transform((list, context) => {
    const read = parseTokens(list, /,/);
    if ('digests' in read) return read.digests;
    context.addIssue({ code: 'custom', message: read.fault });
    return z.NEVER;
  })
  .default([]);

const postgresUrl = z.string().superRefine((url, context) => {
  const message = faultOfUrl(url);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const host = z.string().refine(isHost, 'must be an IP address or a host name');

const allowedHosts = z
  .string()
  .transform((list) => commaSeparated(list).map((name) => name.toLowerCase().replace(/^\[(.*)\]$/, '$1')))
  .refine((names) => names.every((name) => name === '*' || isHost(name.replace(/^\*\./, ''))), {
    message: 'must be comma-separated host names, addresses, names that begin with *., or *',
  });

const proxies = z
  .string()
  .transform(commaSeparated)
  .refine(
    (entries) => entries.every(isSubnet),
    'must be comma-separated addresses and subnets such as 10.0.0.0/8',
  );

const origins = z
  .string()
  .transform(commaSeparated)
  .refine(
    (list) =>
      list.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)),
    'must be comma-separated origins such as https://status.example.org, or *',
  );

const basePath = z
  .string()
  .regex(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/, 'must be a path such as /minikom, with no slash at its end');

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

const booleanFlag = z.enum(['0', '1'], 'must be 0 or 1').transform((flag) => flag === '1');

/** Where data goes unless DATA_DIR says so. */
export const DEFAULT_DATA_DIR = './data';

const service = z
  .object({
    HOST: host.default('127.0.0.1'),
    ALLOWED_HOSTS: allowedHosts.optional(),
    TRUST_PROXY: proxies.default([]),
    BASE_PATH: basePath.default(''),
    CORS_ORIGINS: origins.default([]),
    PORT: integer(0, 65_535, 8080),
    ADMIN_PORT: wholeNumber(0, 65_535).optional(),
    DATABASE_URL: secret(postgresUrl.optional()),
    DATABASE_DIRECT_URL: secret(postgresUrl.optional()),
    DATABASE_PREPARE: z
      .enum(['on', 'off'], 'must be on or off')
      .default('on')
      .transform((value) => value === 'on'),
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
    RATE_LIMIT_EVENTS_PER_SECOND: wholeNumber(1, 1_000_000_000).optional(),
    RATE_LIMIT_BYTES_PER_SECOND: wholeNumber(1, 1_000_000_000_000).optional(),
    MAX_FUTURE_SECONDS: integer(0, 86_400, 60),
    RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
    WRITE_TOKENS: secret(tokens),
    READ_TOKENS: secret(tokens),
    BADGE_TOKENS: secret(tokens),
    WRITE_TOKENS_FILE: z.string().optional(),
    READ_TOKENS_FILE: z.string().optional(),
    BADGE_TOKENS_FILE: z.string().optional(),
    LOG_LEVEL: z
      .enum(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'must be one of trace, debug, info, warn, error, fatal, silent',
      )
      .default('info'),
    ACCESS_LOG: booleanFlag.default(false),
    SHUTDOWN_TIMEOUT_MS: milliseconds(10_000, 100),
    SHUTDOWN_DELAY_MS: milliseconds(0, 0),
    KEEP_ALIVE_TIMEOUT_MS: milliseconds(75_000),
    TZ: timeZone.optional(),
  })
  .refine(({ FLUSH_INTERVAL_MS, FLUSH_TIMEOUT_MS }) => FLUSH_INTERVAL_MS < FLUSH_TIMEOUT_MS, {
    path: ['FLUSH_INTERVAL_MS'],
    message: 'must be less than FLUSH_TIMEOUT_MS, or every batch expires while it waits',
  })
  .refine(({ PORT, ADMIN_PORT }) => ADMIN_PORT === undefined || ADMIN_PORT === 0 || ADMIN_PORT !== PORT, {
    path: ['ADMIN_PORT'],
    message: 'must be another one than PORT',
  })
  .refine(
    ({ DATABASE_URL, DATABASE_DIRECT_URL }) =>
      DATABASE_DIRECT_URL === undefined || DATABASE_URL !== undefined,
    {
      path: ['DATABASE_DIRECT_URL'],
      message: 'is the same database as DATABASE_URL, which is not set',
    },
  )
  .superRefine((config, context) => {
    for (const name of ['WRITE_TOKENS', 'READ_TOKENS', 'BADGE_TOKENS'] as const) {
      if (config[name].length === 0 || config[`${name}_FILE`] === undefined) continue;
      context.addIssue({ code: 'custom', path: [`${name}_FILE`], message: `is set, and ${name} as well` });
    }
  });

// By itself, as no pair is looked at while any value of its section is bad.
const tlsFiles = z
  .object({ TLS_CERT_FILE: z.string().optional(), TLS_KEY_FILE: z.string().optional() })
  .superRefine(({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }, context) => {
    if ((cert === undefined) === (key === undefined)) return;
    const missing = cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    context.addIssue({ code: 'custom', path: [missing], message: 'is needed as well for HTTPS' });
  });

/** What is configured of the pipeline itself. Durations carry their unit in the name; see docs/operations.md. */
export const pipelineSections = [service, tlsFiles] as const;

/** The configuration that every room may use. */
export type PipelineConfig = ConfigOf<typeof pipelineSections>;

// The last label of a name is no number: then it is meant as an address, and is a wrong one.
const HOST_NAME =
  /^(?=.{1,253}$)([a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?\.)*(?!\d+\.?$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?\.?$/i;

function isHost(host: string): boolean {
  return isIP(host) !== 0 || HOST_NAME.test(host);
}

function isSubnet(entry: string): boolean {
  const [, address = '', bits] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
