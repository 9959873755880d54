import { WebSocketServer } from 'ws';

import type { Session } from '../database/session.ts';
import type { Api } from '../frontdoor/operation.ts';
import { Problem, unavailable } from '../frontdoor/problem.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import type { Topic } from '../pipeline/topic.ts';
import { Hub } from './hub.ts';
import { Listener } from './listener.ts';
import { Watcher } from './watcher.ts';

/** What the fan-out is made from. */
export interface LiveOptions extends Pick<Pipeline, 'logger' | 'now'> {
  /** Where announcements are heard. */
  readonly session: Session;
  readonly topics: readonly Topic[];
}

const MAX_WATCHERS = 1000;
const PROTOCOL = 'minikom.live';
// Messages of clients are one short sentence; see Watcher.
const MAX_MESSAGE_BYTES = 4096;
const MAX_FRAGMENTS = 4;
const GOODBYE_MS = 500;
const watcherLimits = { maxWaitingBytes: 4 * 1024 * 1024, stuckMs: 10_000, snapshotEachMs: 1000 };

/** `GET /live`: a WebSocket that tells what is, then what changes; docs/live.md describes it. */
export function openLive({ topics, session, logger, now }: LiveOptions): Feature {
  const hub = new Hub({
    topics,
    listen: (told) => new Listener({ session, logger, ...told }),
    now,
    logger,
  });
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs each connection hundreds of kilobytes; see the documentation of ws.
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
  });
  // Told by the front door as any refusal is, instead of in a page of its own.
  server.on('wsClientError', ({ message }) => {
    throw new Problem(400, 'invalid-request', `This is not a valid WebSocket handshake: ${message}.`, {
      headers: { 'sec-websocket-version': '13' },
    });
  });
  return {
    routes: {
      upgrades: {
        '/live'(request, socket, head) {
          if (hub.isStopped) throw unavailable('The service stops.');
          if (hub.watchers >= MAX_WATCHERS) throw unavailable('Too many clients are watching.');
          server.handleUpgrade(request, socket, head, (client) => {
            const watcher = new Watcher(client, watcherLimits);
            client.on('close', () => hub.remove(watcher));
            hub.add(watcher);
          });
        },
      },
      add(router) {
        router.get('/live', () => {
          throw new Problem(426, 'upgrade-required', 'This is a WebSocket.', {
            headers: { upgrade: 'websocket' },
          });
        });
      },
    },
    async stop() {
      await hub.stop();
      const timer = setTimeout(() => hub.drop(), GOODBYE_MS);
      timer.unref();
    },
  };
}

export const liveApi: Api = {
  tag: 'Live',
  about: 'What changes, as it does.',
  operations: {
    'GET /live': {
      operationId: 'watch',
      summary: 'A WebSocket: a snapshot, then what changes; see docs/live.md',
      answers: {
        101: 'The WebSocket is open; the server speaks first.',
        400: 'This is not a valid WebSocket handshake.',
        403: 'A page of another origin may not watch.',
        426: 'The request does not ask for a WebSocket.',
        503: 'Not now: a thousand clients watch already, or the database is not ready.',
      },
    },
  },
};
