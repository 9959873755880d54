import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import type Router from '@koa/router';
import type { Context } from 'koa';

/** What one feature adds to the front door. */
export interface FeatureRoutes {
  /** Registers the feature's routes; paths as in the room's Api. */
  add(router: Router): void;
  /** Its routes are served while the database is not ready, too, instead of 503; hot writes never are. */
  readonly servesWithoutDatabase?: boolean;
  /** Its routes tell how the process is: they are served on `ADMIN_PORT` as well. */
  readonly isIntrospection?: boolean;
  /** Paths that are served without a token, too: what tells nothing of what is stored. */
  readonly openPaths?: readonly string[];
  /** Its images for other pages: a badge token in their query opens them, too. */
  readonly imagePaths?: RegExp;
  /**
   * Handlers of `POST` that are looked up by the exact URL, such as `/event`, ahead of Koa, which costs half of a bare
   * request. With a query, or another way to write the path, a request takes the router's way to the same handler.
   */
  readonly hotWrites?: Readonly<Record<string, HotWrite>>;
  /** Handlers of requests that turn a connection into a WebSocket, by path. */
  readonly upgrades?: Readonly<Record<string, Upgrade>>;
}

/** Serves a request past Koa, its id among the headers of the answer; throws as any handler does. */
export type HotWrite = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void>;

/** The same as a handler of the router. */
export function throughKoa(write: HotWrite): (context: Context) => Promise<void> {
  return (context) => {
    context.respond = false;
    return write(context.req, context.res, context.response.get('x-request-id'));
  };
}

/** Takes a connection over: it is the handler's from then on, which must answer on it or destroy it. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
