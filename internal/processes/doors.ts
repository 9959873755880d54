import { allowedHosts } from '../config/exposures.ts';
import { readTlsFiles, readTokens } from '../config/files.ts';
import type { PipelineConfig } from '../config/pipeline.ts';
import { AccessLog } from '../frontdoor/access-log.ts';
import { createApp } from '../frontdoor/app.ts';
import { belowPath } from '../frontdoor/base-path.ts';
import type { Bodies } from '../frontdoor/bodies.ts';
import { Cors } from '../frontdoor/cors.ts';
import { Guard } from '../frontdoor/guard.ts';
import { Hosts } from '../frontdoor/hosts.ts';
import { PROBE_PATHS, SESSION_PATH, sessions } from '../frontdoor/own-routes.ts';
import type { Problem } from '../frontdoor/problem.ts';
import { Proxies } from '../frontdoor/proxies.ts';
import { RateLimits } from '../frontdoor/rate-limits.ts';
import type { FeatureRoutes } from '../frontdoor/route.ts';
import { FrontDoor } from '../frontdoor/server.ts';
import { createUpgrade } from '../frontdoor/upgrade.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Tracing } from '../telemetry/tracing.ts';

type DoorFiles = Awaited<ReturnType<typeof readDoorFiles>>;

/** Reads the files of tokens and for HTTPS. Rejects if one cannot be read, or is not valid. */
export async function readDoorFiles(config: PipelineConfig) {
  const [tls, tokens] = await Promise.all([readTlsFiles(config), readTokens(config)]);
  return { tls, tokens };
}

/** What is served, and to whom it is told. */
export interface DoorsOptions {
  readonly config: PipelineConfig;
  readonly files: DoorFiles;
  readonly routes: readonly FeatureRoutes[];
  readonly bodies: Bodies;
  /** Why what needs the database cannot be served; undefined if it can. */
  readonly notReady: () => string | undefined;
  /** Told of each request that was answered with a problem. */
  readonly onRefused: (problem: Problem) => void;
  readonly tracing: Tracing | undefined;
  readonly logger: Logger;
  /** The clock in unix seconds. */
  readonly now: () => number;
}

/** Where the doors are, as one would type it. */
export interface DoorUrls {
  readonly url: string;
  /** Where ADMIN_PORT is listened on, if it is, by this process. */
  readonly adminUrl?: string;
}

// A flush has its time, then its request is told so; what waits for anything else is told a little later.
const LATE_MS = 500;
// Of orchestrators, and of people who look what is wrong.
const ADMIN_CONNECTIONS = 256;

/**
 * The ways into a process: the front door and, where ADMIN_PORT is set, one for probes and figures alone. Tokens and
 * certificates can be read again while they are open.
 */
export class Doors {
  readonly #config: PipelineConfig;
  readonly #logger: Logger;
  readonly #tokens: { current: DoorFiles['tokens'] };
  readonly #isSecure: boolean;
  readonly #front: FrontDoor;
  readonly #admin: FrontDoor | undefined;

  constructor({ config, files, routes, bodies, notReady, onRefused, tracing, logger, now }: DoorsOptions) {
    const { tls } = files;
    const tokens = { current: files.tokens };
    this.#config = config;
    this.#logger = logger;
    this.#tokens = tokens;
    this.#isSecure = tls !== undefined;
    const { BASE_PATH: base, RATE_LIMIT_EVENTS_PER_SECOND, RATE_LIMIT_BYTES_PER_SECOND } = config;
    const hosts = allowedHosts(config);
    const probes = new Set(PROBE_PATHS);
    const proxies = new Proxies(config.TRUST_PROXY);
    const cors = config.CORS_ORIGINS.length > 0 ? new Cors(config.CORS_ORIGINS) : undefined;
    const guard = new Guard({
      features: [...routes, { openPaths: [SESSION_PATH] }],
      ...{ tokens, hosts: hosts && new Hosts(hosts), proxies, cors, probes, now },
    });
    const rateLimits =
      RATE_LIMIT_EVENTS_PER_SECOND === undefined && RATE_LIMIT_BYTES_PER_SECOND === undefined
        ? undefined
        : new RateLimits({
            eventsPerSecond: RATE_LIMIT_EVENTS_PER_SECOND,
            bytesPerSecond: RATE_LIMIT_BYTES_PER_SECOND,
            ...{ guard, proxies },
          });
    if (rateLimits !== undefined) bodies.onServed = (request, held) => rateLimits.charge(request, held);
    const entrance = {
      features: [...routes, sessions(guard, now, base)],
      ...{ guard, rateLimits, cors, tracing, notReady, logger },
      accessLog: new AccessLog({ logger, proxies, tellsAll: config.ACCESS_LOG }),
    };
    const limits = {
      answerWithinMs: config.FLUSH_TIMEOUT_MS + LATE_MS,
      keepAliveMs: config.KEEP_ALIVE_TIMEOUT_MS,
    };
    const options = { ...(tls && { tls }), probes, limits, onRefused };
    const [app, upgrade] = [createApp(entrance), createUpgrade(entrance)];
    const served = base === '' ? { handle: app, upgrade } : belowPath(base, probes, app, upgrade);
    const allProbes = new Set(['', base].flatMap((path) => PROBE_PATHS.map((probe) => path + probe)));
    this.#front = new FrontDoor({ ...options, probes: allProbes }, served.handle, served.upgrade);
    if (config.ADMIN_PORT === undefined) return;
    // A door of its own: however many connect to the other one, who asks here waits in no queue with them.
    this.#admin = new FrontDoor(
      { ...options, limits: { ...limits, maxConnections: ADMIN_CONNECTIONS } },
      createApp({
        ...entrance,
        features: entrance.features.filter(({ isIntrospection }) => isIntrospection === true),
      }),
    );
  }

  /** Rejects with an error for the person at the terminal if a port cannot be listened on. */
  async listen(): Promise<DoorUrls> {
    const url = await this.#listen(this.#front, 'PORT');
    return { url, ...(this.#admin && { adminUrl: await this.#listen(this.#admin, 'ADMIN_PORT') }) };
  }

  /** Takes over what the files of tokens and for HTTPS hold now; goes on with what they held if that is not valid. */
  async reload(): Promise<void> {
    try {
      const { tls, tokens } = await readDoorFiles(this.#config);
      this.#tokens.current = tokens;
      for (const door of [this.#front, this.#admin]) if (tls !== undefined) door?.useCertificate(tls);
      this.#logger.info('files read again');
    } catch (error) {
      // What was read before goes on to be used: the files may be written just now.
      this.#logger.error({ error }, 'files not read again');
    }
  }

  /** As {@link FrontDoor.untilAllAccepted}, of the front door. */
  untilAllAccepted(): Promise<void> {
    return this.#front.untilAllAccepted();
  }

  /** As {@link FrontDoor.sayClose}, of the front door: probes are answered as before. */
  sayClose(): void {
    this.#front.sayClose();
  }

  /** As {@link FrontDoor.stop}, of the front door. */
  stop(timeoutMs: number): Promise<void> {
    return this.#front.stop(timeoutMs);
  }

  /** The same of the one for probes, which is wanted to the last. */
  async stopAdmin(timeoutMs: number): Promise<void> {
    await this.#admin?.stop(timeoutMs);
  }

  async #listen(door: FrontDoor, name: 'PORT' | 'ADMIN_PORT'): Promise<string> {
    const { HOST } = this.#config;
    const wanted = this.#config[name] ?? 0;
    const port = await door.listen(HOST, wanted).catch((error: unknown) => {
      throw explainListenError(error, HOST, `${name} ${wanted}`);
    });
    return `${this.#isSecure ? 'https' : 'http'}://${hostInUrl(HOST)}:${port}`;
  }
}

/** The address to click on: a wildcard is shown as localhost, an IPv6 address in brackets. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** The same error for the person at the terminal: it names the variable that decides, such as `PORT 8080`, and keeps the error as its cause. */
function explainListenError(error: unknown, host: string, port: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(`${port} is in use on HOST ${host}; stop what listens there, or set another one.`, {
        cause: error,
      });
    case 'EACCES':
      return new Error(`${port} may not be listened on by this user; set one of 1024 or more.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(`HOST ${host} is no address of this machine (${error.code}).`, { cause: error });
    default:
      return error;
  }
}
