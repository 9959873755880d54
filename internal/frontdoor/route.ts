import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import type Router from '@koa/router';
import type { Context } from 'koa';

/** What one feature adds to the front door. */
export interface FeatureRoutes {
  /** Registers the feature's routes; paths as in docs/openapi.json. */
  add(router: Router): void;
  /** Its routes are served while the database is not ready, too, instead of 503; hot ones never are. */
  readonly servesWithoutDatabase?: boolean;
  /** Paths that are served without a token, too: what tells nothing of what is stored. */
  readonly openPaths?: readonly string[];
  /**
   * Handlers that are looked up by exact method and path ahead of the router, such as `POST /event`. For hot writes
   * only: the router costs a third of a bare request.
   */
  readonly hot?: Readonly<Record<string, (context: Context) => Promise<void>>>;
  /** Handlers of requests that turn a connection into a WebSocket, by path. */
  readonly upgrades?: Readonly<Record<string, Upgrade>>;
}

/** Takes a connection over: it is the handler's from then on, which must answer on it or destroy it. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
