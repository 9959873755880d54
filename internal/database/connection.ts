import { parse, toClientConfig } from 'pg-connection-string';
import type pg from 'pg';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * How to connect to such a URL, understood as libpq does: `sslmode=require` encrypts and trusts, with `sslrootcert` it
 * wants a certificate of that CA. Two modes do not fall back here: `allow` never encrypts, `prefer` always does. Throws
 * for a URL that {@link faultOfUrl} has something to say about.
 */
export function clientOptions(url: string): pg.ClientConfig {
  const asLibpq = url
    // Words of other libraries: pg's switch for what is always done here, and its name for `require`.
    .replace(/([?&])uselibpqcompat=[^&#]*&?/, '$1')
    .replace(/([?&]sslmode=)no-verify\b/, '$1require')
    .replace(/([?&]sslmode=)allow\b/, '$1disable')
    // The CAs that are trusted anyway.
    .replace(/([?&])sslrootcert=system\b/, '$1sslmode=verify-full');
  return toClientConfig(parse(asLibpq, { useLibpqCompat: true }));
}

/** What is wrong with a value that should be the URL of a database; it shows nothing of the password. */
export function faultOfUrl(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must be a postgres:// URL';
  const mode = /[?&]sslmode=([^&#]*)/.exec(url)?.[1];
  if (mode !== undefined && !SSL_MODES.includes(mode)) {
    return `must have one of these as its sslmode: ${SSL_MODES.join(', ')}`;
  }
  if (mode === 'verify-ca' && !/[?&]sslrootcert=/.test(url)) {
    return 'must name the CA, with sslrootcert, for sslmode=verify-ca';
  }
  try {
    const { host } = clientOptions(url);
    return host?.includes(',') === true ? 'must name one host, that of the primary' : undefined;
  } catch (error) {
    const isFile = error instanceof Error && 'syscall' in error;
    return isFile ? `names a file that cannot be read (${error.message})` : 'must be a postgres:// URL';
  }
}

/**
 * A statement that makes these settings, as `name=value`, for the session. They are made by a statement after
 * connecting, and not while connecting, as poolers such as PgBouncer refuse that. What the `options` of the URL set is
 * left as it is: whoever wrote them knows better.
 */
export function settingStatement(settings: readonly string[], options = ''): string {
  const made = settings
    .map((setting) => setting.split('='))
    .filter(([name = '']) => !options.includes(name))
    .map(([name, value]) => `set_config('${name}', '${value}', false)`);
  return `select ${made.join(', ')}`;
}

/** Has a connection prepare no statement by a name that another one would meet, where they share sessions. */
export function sendUnnamed(client: Pick<pg.ClientBase, 'query'>): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const unnamed = (config: unknown, ...more: unknown[]) => query(withoutName(config), ...more);
  client.query = unnamed as typeof client.query;
}

function withoutName(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config;
  if (!('name' in config && 'text' in config)) return config;
  if (!('submit' in config)) return { ...config, name: undefined };
  // A query of its own kind is sent by itself.
  config.name = undefined;
  return config;
}
