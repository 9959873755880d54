import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { retryAfterMs } from '../time/back-off.ts';

/** What became of one request. A failure is a value, not an exception. */
export type Answer =
  | { outcome: 'accepted' }
  | { outcome: 'refused'; status: number; detail: string }
  | { outcome: 'retry'; reason: string; retryAfterMs: number };

/** Sends one report per request over connections that are kept open. */
export interface Sender {
  /** Never rejects. */
  send(body: string): Promise<Answer>;
  /** Closes all connections; requests under way end as `retry`. */
  close(): void;
}

export interface SenderOptions {
  endpoint: URL;
  token: string | undefined;
  maxSockets: number;
  /** From the start of a request to the end of its answer. */
  timeoutMs: number;
  clock: () => number;
}

const mostDetailChars = 500;

/** A sender for an http or https endpoint. */
export function makeSender({ endpoint, token, maxSockets, timeoutMs, clock }: SenderOptions): Sender {
  const isHttps = endpoint.protocol === 'https:';
  const request = isHttps ? httpsRequest : httpRequest;
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets });
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };

  function send(body: string): Promise<Answer> {
    return new Promise((resolve) => {
      const outgoing = request(endpoint, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      // The request's own timeout would begin anew with every byte.
      const timer = setTimeout(() => outgoing.destroy(new Error('timeout')), timeoutMs);
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      const fail = (error: unknown): void =>
        settle({ outcome: 'retry', reason: reasonOf(error), retryAfterMs: 0 });
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        readStart(incoming).then((detail) => settle(answerOf(incoming, detail, clock())), fail);
      });
      outgoing.end(body);
    });
  }

  return { send, close: () => agent.destroy() };
}

/** Reads an answer to its end, or the connection could not be used again; keeps the start of its text. */
async function readStart(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    if (text.length < mostDetailChars) text += String(chunk);
  }
  return text.slice(0, mostDetailChars);
}

/** 429 and 5xx pass; any other answer but 2xx would be the same next time. */
function answerOf(incoming: IncomingMessage, detail: string, nowMs: number): Answer {
  const status = incoming.statusCode ?? 0;
  if (status >= 200 && status < 300) return { outcome: 'accepted' };
  if (status !== 429 && status < 500) return { outcome: 'refused', status, detail };
  return {
    outcome: 'retry',
    reason: `status ${status}`,
    retryAfterMs: retryAfterMs(incoming.headers['retry-after'], nowMs),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
