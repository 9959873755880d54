import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { ServerLimits } from '../limits.ts';
import { FrontDoor, type Handle } from '../server.ts';

/** A front door on a free port of 127.0.0.1 whose requests wait until the test answers them. */
export interface HeldDoor {
  readonly door: FrontDoor;
  readonly port: number;
  /** All requests that came in so far, answered or not. */
  readonly taken: readonly ServerResponse[];
  /** Resolves once so many requests came in. */
  untilTaken(count: number): Promise<void>;
  /** Answers all of them with 200. */
  release(): void;
}

/** With `handle`, requests go there instead of waiting. */
export async function startHeldDoor(
  limits: Partial<ServerLimits> = {},
  handle: Handle = () => undefined,
  probes: ReadonlySet<string> = new Set(),
): Promise<HeldDoor> {
  const taken: ServerResponse[] = [];
  const news = new EventEmitter();
  const door = new FrontDoor({ limits, probes }, (request, response, requestId) => {
    taken.push(response);
    news.emit('taken');
    return handle(request, response, requestId);
  });
  return {
    door,
    port: await door.listen('127.0.0.1', 0),
    taken,
    async untilTaken(count) {
      while (taken.length < count) await once(news, 'taken');
    },
    release() {
      for (const response of taken) {
        if (!response.writableEnded) response.writeHead(200, { 'content-length': 0 }).end();
      }
    },
  };
}

/** A request without a body, as it goes over the wire. */
export const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
