import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket } from 'node:tls';

/** A request to somebody else's server; its length is added by itself. */
export interface Question {
  /** http or https. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
}

/** How it ended: with a status code and the beginning of a body, or with what kept it from one. */
export type AskEnd = { readonly code: number; readonly body: string } | { readonly error: unknown };

/** How it ended, and after how many milliseconds. */
export type Asked = AskEnd & {
  readonly latencyMs: number;
  /** When the certificate that was shown ends, in milliseconds since 1970; null without TLS. */
  readonly certificateEndMs: number | null;
};

/** So much of a body is read; what is longer has said enough. */
export const MAX_BODY_BYTES = 65_536;

/**
 * Asks once, over a connection of its own, and follows no redirect: it goes where the configuration says, and nowhere else.
 * The answer counts when its body has ended or {@link MAX_BODY_BYTES} of it have come; one that breaks off or takes longer
 * than its time is an error. Resolves to undefined if it was stopped; never rejects.
 */
export function ask(
  { url, method, headers, body, timeoutMs }: Question,
  stop: AbortSignal,
): Promise<Asked | undefined> {
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    let certificateEndMs: number | null = null;
    // The first end counts; what follows it are consequences of `destroy`.
    const settle = (end: AskEnd | undefined) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      resolve(end && { ...end, latencyMs: performance.now() - startedAtMs, certificateEndMs });
      request.destroy();
    };
    const onStop = () => settle(undefined);
    const { request: open } = url.startsWith('https:') ? https : http;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = open(url, { agent: false, method, headers: { ...length, ...headers } });
    // After a stall of our own, what has come meanwhile is read in this turn of the loop, and counts.
    const timer = setTimeout(() => setImmediate(() => settle({ error: new AskTimeoutError() })), timeoutMs);
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
    request.on('error', (error) => settle({ error }));
    request.on('upgrade', (response, socket) => {
      settle({ code: response.statusCode ?? 0, body: '' });
      socket.destroy();
    });
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let bytes = 0;
      certificateEndMs = certificateEndOf(response.socket);
      const settleWhole = () => settle({ code, body: Buffer.concat(chunks).toString() });
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes >= MAX_BODY_BYTES) settleWhole();
      });
      response.on('end', settleWhole);
      response.on('error', (error) => settle({ error }));
    });
    request.end(body);
  });
}

function certificateEndOf(socket: unknown): number | null {
  if (!(socket instanceof TLSSocket)) return null;
  const endMs = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(endMs) ? null : endMs;
}

/** Its time was over before the answer was whole. */
export class AskTimeoutError extends Error {
  override readonly name = 'AskTimeoutError';
}
