import { isIP } from 'node:net';

import { z } from 'zod';

import { faultOfUrl } from '../database/connection.ts';
import { booleanFlag, integer, secret, wholeNumber, type ConfigOf } from './config.ts';
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

const collectorUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

/** Where data goes unless DATA_DIR says so. */
export const DEFAULT_DATA_DIR = './data';

const listening = z
  .object({
    HOST: host.default('127.0.0.1').meta({
      description: 'the address or name to listen on; `0.0.0.0`, as in the image, lets other machines in',
    }),
    PORT: integer(0, 65_535, 8080).meta({
      description: 'where to listen; 0 takes a free port, which the log tells',
    }),
    ADMIN_PORT: wholeNumber(0, 65_535)
      .optional()
      .meta({
        description:
          'another port on `HOST` for `/health`, `/ready`, `/metrics`, `/workers` and `/shards` only: ' +
          '[Ready](operations.md#ready)',
      }),
    ALLOWED_HOSTS: allowedHosts.optional().meta({
      unset: 'on loopback its own names, else any',
      description:
        'by which names browsers and clients may call the service: comma-separated names and addresses, ' +
        '`*.example.org`, or `*` for any; `localhost` and loopback addresses always may, and `/health` and ' +
        '`/ready` are answered by any name',
    }),
    TRUST_PROXY: proxies.default([]).meta({
      description:
        'comma-separated addresses and subnets of the proxies in front, whose `X-Forwarded-For`, `-Proto` and ' +
        '`-Host` count: [proxies.md](proxies.md)',
    }),
    BASE_PATH: basePath.default('').meta({
      description: 'a path such as `/minikom` below which everything is served: [proxies.md](proxies.md)',
    }),
    CORS_ORIGINS: origins.default([]).meta({
      description:
        'comma-separated origins such as `https://status.example.org` whose pages may read and write, or `*`: pages ' +
        'of any origin may read, and not write; tokens are asked of them as of everybody',
    }),
    KEEP_ALIVE_TIMEOUT_MS: milliseconds(75_000).meta({
      description:
        'how long an idle connection is kept: longer than the balancer in front keeps it (some 600 s), so that it ' +
        'closes and we do not',
    }),
  })
  .refine(({ PORT, ADMIN_PORT }) => ADMIN_PORT === undefined || ADMIN_PORT === 0 || ADMIN_PORT !== PORT, {
    path: ['ADMIN_PORT'],
    message: 'must be another one than PORT',
  })
  .meta({ title: 'Where it listens' });

const tlsFile = (what: string) =>
  z
    .string()
    .optional()
    .meta({ description: `a file with ${what} in PEM: both are needed for HTTPS; read again on SIGHUP` });

const tlsFiles = z
  .object({ TLS_CERT_FILE: tlsFile('the certificate and its chain'), TLS_KEY_FILE: tlsFile('its key') })
  .superRefine(({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }, context) => {
    if ((cert === undefined) === (key === undefined)) return;
    const missing = cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE';
    context.addIssue({ code: 'custom', path: [missing], message: 'is needed as well for HTTPS' });
  })
  .meta({ title: 'HTTPS' });

const tokenFile = (name: string) =>
  z
    .string()
    .optional()
    .meta({
      description: `a file with such tokens, a line each, in place of \`${name}\`; read again on SIGHUP: [Tokens](operations.md#tokens)`,
    });

const access = z
  .object({
    WRITE_TOKENS: secret(tokens).meta({
      unset: 'none: open',
      description:
        'who may write: comma-separated tokens of at least 16 characters, sent as `Authorization: Bearer …` or ' +
        '`X-API-Key: …`; they do not let one read',
    }),
    READ_TOKENS: secret(tokens).meta({ unset: 'none: open', description: 'who may read, likewise' }),
    BADGE_TOKENS: secret(tokens).meta({
      description:
        'where reading needs a token, `?badge_token=…` with one of these shows the ' +
        '[images of services](services.md#in-a-readme), and nothing else',
    }),
    WRITE_TOKENS_FILE: tokenFile('WRITE_TOKENS'),
    READ_TOKENS_FILE: tokenFile('READ_TOKENS'),
    BADGE_TOKENS_FILE: tokenFile('BADGE_TOKENS'),
    RATE_LIMIT_EVENTS_PER_SECOND: wholeNumber(1, 1_000_000_000)
      .optional()
      .meta({
        of: 'process',
        description:
          'what one caller may send, by its token where writing needs one, else by its address. A request is taken ' +
          'whole, and its caller is answered 429 until the time that it is worth has passed, but for one second',
      }),
    RATE_LIMIT_BYTES_PER_SECOND: wholeNumber(1, 1_000_000_000_000).optional().meta({
      of: 'process',
      description: 'likewise, of bodies, as they came and decompressed',
    }),
  })
  .superRefine((config, context) => {
    for (const name of ['WRITE_TOKENS', 'READ_TOKENS', 'BADGE_TOKENS'] as const) {
      if (config[name].length === 0 || config[`${name}_FILE`] === undefined) continue;
      context.addIssue({ code: 'custom', path: [`${name}_FILE`], message: `is set, and ${name} as well` });
    }
  })
  .meta({ title: 'Who may do what' });

const database = z
  .object({
    DATABASE_URL: secret(postgresUrl.optional()).meta({
      of: 'all',
      description:
        '`postgres://…`, PostgreSQL 14 or later; none: the embedded one, in `DATA_DIR`: ' +
        '[The database](operations.md#the-database)',
    }),
    DATABASE_DIRECT_URL: secret(postgresUrl.optional()).meta({
      of: 'all',
      description:
        'the same database with no pooler ahead of it that shares sessions, for what needs one of its own',
    }),
    DATABASE_PREPARE: z
      .enum(['on', 'off'], 'must be on or off')
      .default('on')
      .transform((value) => value === 'on')
      .meta({ of: 'all', description: '`off` behind a pooler that shares sessions' }),
    DATABASE_CONNECTIONS: wholeNumber(1, 100_000)
      .optional()
      .meta({
        unset: 'what may be needed',
        description:
          'most connections that it opens, all `PROCESSES` together: workers have what all else leaves, and what cannot be ' +
          'had is said at the start: [Connections](operations.md#connections)',
      }),
    DATA_DIR: z.string().default(DEFAULT_DATA_DIR).meta({
      description: 'where the embedded PostgreSQL lives',
    }),
    DISTRIBUTE: z
      .enum(['citus'], 'must be citus')
      .optional()
      .meta({
        of: 'all',
        unset: 'none: one PostgreSQL',
        description:
          '`citus`: `DATABASE_URL` leads to the coordinator of a Citus cluster, over which all tables are spread: ' +
          '[scaling.md](scaling.md)',
      }),
    ALLOW_UNSAFE_DATABASE: booleanFlag.meta({
      description:
        '`1` accepts a database with `fsync` or `full_page_writes` off, which may lose what was acknowledged',
    }),
    ARCHIVE_DIR: z.string().optional().meta({
      of: 'all',
      unset: 'none',
      description:
        'a folder where what is deleted for its age is kept as files of compressed NDJSON: [Archive](operations.md#archive)',
    }),
    RETENTION_DAYS: wholeNumber(1, 36_500).optional().meta({
      of: 'all',
      unset: 'none: keep all',
      description:
        'payload events, observations, runs, deployment records and mutes older than this go: [Retention](operations.md#retention)',
    }),
  })
  .refine(
    ({ DATABASE_URL, DATABASE_DIRECT_URL }) =>
      DATABASE_DIRECT_URL === undefined || DATABASE_URL !== undefined,
    {
      path: ['DATABASE_DIRECT_URL'],
      message: 'is the same database as DATABASE_URL, which is not set',
    },
  )
  .refine(({ DATABASE_URL, DISTRIBUTE }) => DISTRIBUTE === undefined || DATABASE_URL !== undefined, {
    path: ['DISTRIBUTE'],
    message: 'needs a cluster, to which DATABASE_URL leads, which is not set',
  })
  .meta({ title: 'The database' });

const pipeline = z
  .object({
    PROCESSES: integer(1, 64, 1).meta({
      description:
        'front doors on the one port, each with its own shards, workers and parser; for machines with many cores',
    }),
    SHARDS: integer(1, 256, 5).meta({
      of: 'process',
      description: 'lanes; a service name always takes the same one',
    }),
    WORKERS_PER_SHARD: integer(1, 64, 3).meta({ of: 'process', description: 'most threads of one shard' }),
    WORKER_IDLE_TIMEOUT_MS: milliseconds(120_000).meta({
      of: 'process',
      description: 'after this a worker without work ends',
    }),
    BATCH_SIZE: integer(1, 1_000_000, 20_000).meta({
      of: 'process',
      description: 'most events of one flush',
    }),
    FLUSH_INTERVAL_MS: integer(0, 60_000, 1).meta({
      of: 'process',
      description:
        'least time between the starts of two flushes of fewer than 20 events in a lane; a lane at rest flushes at once',
    }),
    FLUSH_TIMEOUT_MS: milliseconds(5000, 10).meta({
      of: 'process',
      description: "from a batch's first event to its requests' answer",
    }),
    MAX_QUEUED_EVENTS: integer(1, 10_000_000, 100_000).meta({
      of: 'process',
      description: 'of each shard; beyond it requests get 503 at once',
    }),
    MAX_BODY_BYTES: integer(1, 1_073_741_824, 33_554_432).meta({
      description: 'of a body, after decompression',
    }),
    MAX_BATCH_EVENTS: integer(1, 1_000_000, 100_000).meta({
      description: 'items of a bulk request, messages of a payload',
    }),
    MAX_FUTURE_SECONDS: integer(0, 86_400, 60).meta({
      description: "how far ahead of the server's clock a timestamp may be",
    }),
  })
  .refine(({ FLUSH_INTERVAL_MS, FLUSH_TIMEOUT_MS }) => FLUSH_INTERVAL_MS < FLUSH_TIMEOUT_MS, {
    path: ['FLUSH_INTERVAL_MS'],
    message: 'must be less than FLUSH_TIMEOUT_MS, or every batch expires while it waits',
  })
  .meta({ title: 'From a request to its commit' });

const running = z
  .object({
    REPLICA_NAME: z
      .string()
      .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 printable ASCII characters without spaces')
      .optional()
      .meta({
        unset: 'host name and port',
        description: 'what this one is called among all replicas, in `/workers` and `/shards`',
      }),
    LOG_LEVEL: z
      .enum(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'must be one of trace, debug, info, warn, error, fatal, silent',
      )
      .default('info')
      .meta({ description: '[the log](operations.md#the-log) has what is at least this grave' }),
    ACCESS_LOG: booleanFlag.meta({
      description:
        '`1` has every answer in the log at `info`, not only refusals: under load, a line for each report',
    }),
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl.optional().meta({
      unset: 'nothing is traced',
      description: 'where [traces](operations.md#traces) go, over OTLP/HTTP, such as `http://localhost:4318`',
    }),
    SHUTDOWN_DELAY_MS: milliseconds(0, 0).meta({
      description:
        'from the signal, while `/ready` is 503 and all else is served, until nothing more is accepted; ahead of ' +
        '`SHUTDOWN_TIMEOUT_MS`',
    }),
    SHUTDOWN_TIMEOUT_MS: milliseconds(10_000, 100).meta({ description: 'from the signal to the exit' }),
    TZ: timeZone.optional().meta({ unset: "the machine's", description: 'time zone of the process' }),
  })
  .meta({ title: 'The log, and the stop' });

/**
 * What is configured of the pipeline itself. Durations carry their unit in the name. What `meta` says of each becomes
 * docs/configuration.md.
 */
export const pipelineSections = [listening, database, pipeline, running, access, tlsFiles] as const;

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
