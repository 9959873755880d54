import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** Answers the request with this index, from 0; one that does nothing lets it hang. */
export type Behaviour = (index: number, response: ServerResponse, body: string) => void;

/** A server that keeps what it answered with 200. */
export interface Receiver {
  endpoint: URL;
  port: number;
  /** The bodies answered with 200, in order of arrival. */
  accepted: string[];
  /** One per request, whatever the answer. */
  requests: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[];
  /** How many connections were opened. */
  connections: number;
  /** Resolves once so many requests came. */
  untilRequests(count: number): Promise<void>;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

export const accept: Behaviour = (_index, response) => {
  response.end();
};

/** Listens on a free port of this machine, or on the given one. */
export async function startReceiver(behaviour: Behaviour = accept, port = 0): Promise<Receiver> {
  const news = new EventEmitter();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const index = receiver.requests.push({ url: request.url, headers: request.headers, body }) - 1;
    behaviour(index, response, body);
    if (response.writableEnded && response.statusCode === 200) receiver.accepted.push(body);
    news.emit('request');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('connection', () => receiver.connections++);
  const receiver: Receiver = {
    endpoint: new URL('http://127.0.0.1/event'),
    port,
    accepted: [],
    requests: [],
    connections: 0,
    async untilRequests(count) {
      while (receiver.requests.length < count) await once(news, 'request');
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  receiver.port = address.port;
  receiver.endpoint.port = String(address.port);
  return receiver;
}
