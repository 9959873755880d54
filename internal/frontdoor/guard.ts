import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { digestOf, type TokenDigests } from '../config/tokens.ts';
import type { Cors } from './cors.ts';
import type { Hosts } from './hosts.ts';
import { Problem } from './problem.ts';
import type { Proxies } from './proxies.ts';
import type { FeatureRoutes } from './route.ts';
import { hasSession } from './session.ts';

/** What a guard looks at. */
export type Guarded = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'socket'>;

/** The tokens that are taken; they may be exchanged at any time. */
export interface TokensInUse {
  readonly current: TokenDigests;
}

export interface GuardOptions {
  readonly features: readonly Pick<FeatureRoutes, 'openPaths' | 'imagePaths'>[];
  readonly tokens: TokensInUse;
  /** By which names the service may be called; undefined: by any. */
  readonly hosts: Hosts | undefined;
  readonly proxies: Proxies;
  /** Which other origins may write; undefined: none. */
  readonly cors?: Cors | undefined;
  /** Paths that are served by whatever name: orchestrators ask for them by addresses. */
  readonly probes: ReadonlySet<string>;
  /** The clock in unix seconds. */
  readonly now: () => number;
}

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who may do what: asked by all requests, except for those of which the application sees that there is nothing to ask. */
export class Guard {
  readonly tokens: TokensInUse;
  readonly hosts: Hosts | undefined;
  readonly #probes: ReadonlySet<string>;
  readonly #proxies: Proxies;
  readonly #cors: Cors | undefined;
  readonly #now: () => number;
  readonly #openPaths: ReadonlySet<string>;
  readonly #imagePaths: readonly RegExp[];

  constructor({ features, tokens, hosts, proxies, cors, probes, now }: GuardOptions) {
    this.tokens = tokens;
    this.hosts = hosts;
    this.#probes = probes;
    this.#proxies = proxies;
    this.#cors = cors;
    this.#now = now;
    this.#openPaths = new Set(features.flatMap(({ openPaths }) => openPaths ?? []));
    this.#imagePaths = features.flatMap(({ imagePaths }) => imagePaths ?? []);
  }

  /** Throws a {@link Problem} if a request may not do what it asks for: 401, 403 or 421. */
  check(request: Guarded): void {
    const [path = '', query] = request.url?.split('?', 2) ?? [];
    if (!this.#probes.has(path)) this.#requireNames(request);
    const reads = readMethods.has(request.method ?? 'GET');
    if (!reads) this.refuseOtherOrigins(request);
    if (this.may(request, reads ? 'read' : 'write') || this.#openPaths.has(path)) return;
    if (reads && query !== undefined && this.#imagePaths.some((images) => images.test(path))) {
      const token = new URLSearchParams(query).get('badge_token') ?? '';
      if (isAmong(this.tokens.current.badge, digestOf(token))) return;
    }
    const which = reads ? 'read' : 'write';
    throw new Problem(
      401,
      'unauthorized',
      `Send a ${which} token as "Authorization: Bearer …" or "X-API-Key: …".`,
      {
        headers: { 'www-authenticate': 'Bearer realm="minikom"' },
      },
    );
  }

  /** Whether a request carries what it takes to read or to write: a token, or a session of one. */
  may(request: Pick<Guarded, 'headers'>, access: 'read' | 'write'): boolean {
    const wanted = this.tokens.current[access];
    return (
      wanted.length === 0 ||
      tokensOf(request).some((token) => isAmong(wanted, digestOf(token))) ||
      hasSession(wanted, request.headers, this.#now())
    );
  }

  /** Whether a token opens anything but badges. */
  knows(token: string): boolean {
    const { read, write } = this.tokens.current;
    return isAmong([...read, ...write], digestOf(token));
  }

  /** Whether the caller came by HTTPS. */
  isSecure(request: Guarded): boolean {
    return this.#proxies.callerOf(request).scheme === 'https';
  }

  /** A page of another origin may not write through its visitor's browser. Agents send neither header. */
  refuseOtherOrigins(request: Guarded): void {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined && this.#cors?.mayWrite(origin) === true) return;
    const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
    if (isSameSite && (origin === undefined || this.#isOwn(origin, request))) return;
    throw new Problem(403, 'cross-origin', 'A page of another origin may not do this: see docs/proxies.md.');
  }

  #isOwn(origin: string, request: Guarded): boolean {
    const { scheme, host = '', isRenamed } = this.#proxies.callerOf(request);
    const schemes = scheme === undefined ? ['http', 'https'] : [scheme];
    if (schemes.some((each) => isSameOrigin(origin, `${each}://${host}`))) return true;
    // Then only the browser knows what the service was called, and says whether its page was called the same.
    return isRenamed && request.headers['sec-fetch-site'] === 'same-origin';
  }

  /** What the service is called by its client, and by the proxy between, if there is one. */
  #requireNames(request: Guarded): void {
    if (this.hosts === undefined) return;
    this.hosts.require(request.headers.host);
    this.hosts.require(this.#proxies.callerOf(request).host);
  }
}

/** The tokens that a request carries, in the two headers that clients send them in. */
export function tokensOf({ headers }: Pick<Guarded, 'headers'>): string[] {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  return [bearer, headers['x-api-key']].filter((token) => typeof token === 'string');
}

/** All are compared, each in constant time, so that timing tells nothing about any of them. */
function isAmong(digests: readonly Buffer[], given: Buffer): boolean {
  return digests.map((known) => timingSafeEqual(known, given)).includes(true);
}

function isSameOrigin(origin: string, own: string): boolean {
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).origin === new URL(own).origin;
}
