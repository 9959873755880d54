import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket } from 'node:tls';

import type { CheckTarget } from './config.ts';

/** How a probe ended, and after how many milliseconds. */
export type Probed = ProbeEnd & {
  readonly latencyMs: number;
  /** When the certificate that was shown ends, in milliseconds since 1970; null without TLS. */
  readonly certificateEndMs: number | null;
};

/** So much of a body is read; what is longer has said enough. */
export const MAX_BODY_BYTES = 65_536;

const ownHeaders = { 'user-agent': 'Minikom health check', accept: '*/*' };

/**
 * Asks a target once, over a connection of its own, and follows no redirect. The response counts when its body has ended
 * or {@link MAX_BODY_BYTES} of it have come; one that breaks off or takes longer than the target's time is an error.
 * Resolves to undefined if it was stopped; never rejects.
 */
export function probe(target: CheckTarget, stop: AbortSignal): Promise<Probed | undefined> {
  const { url, method, body, timeoutMs } = target;
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    let certificateEndMs: number | null = null;
    // The first end counts; what follows it are consequences of `destroy`.
    const settle = (end: ProbeEnd | undefined) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      resolve(end && { ...end, latencyMs: performance.now() - startedAtMs, certificateEndMs });
      request.destroy();
    };
    const onStop = () => settle(undefined);
    const { request: open } = url.startsWith('https:') ? https : http;
    const request = open(url, { agent: false, method, headers: headersOf(target) });
    // After a stall of our own, what has come meanwhile is read in this turn of the loop, and counts.
    const timer = setTimeout(() => setImmediate(() => settle({ error: new ProbeTimeoutError() })), timeoutMs);
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

/** Those that are configured take the place of ours, however they are written. */
function headersOf({ headers, body }: CheckTarget): Record<string, string | number> {
  const configured = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const own = Object.entries(ownHeaders).filter(([name]) => !configured.has(name));
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return { ...Object.fromEntries(own), ...length, ...headers };
}

function certificateEndOf(socket: unknown): number | null {
  if (!(socket instanceof TLSSocket)) return null;
  const endMs = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(endMs) ? null : endMs;
}

/** How a probe ended: with a status code and the beginning of a body, or with what kept it from one. */
export type ProbeEnd = { readonly code: number; readonly body: string } | { readonly error: unknown };

/** The time of a probe was over before its response was whole. */
export class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
}
