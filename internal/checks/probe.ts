import * as http from 'node:http';
import * as https from 'node:https';

import { ProbeTimeoutError, type ProbeEnd } from './outcome.ts';

/** How a probe ended, and after how many milliseconds. */
export type Probed = ProbeEnd & { readonly latencyMs: number };

/** So much of a body is read; what is longer has said enough, as its status is what counts. */
export const MAX_BODY_BYTES = 65_536;

const headers = { 'user-agent': 'Minikom health check', accept: '*/*' };

/**
 * Asks for a URL once, over a connection of its own, and follows no redirect. The response counts when its body has ended
 * or {@link MAX_BODY_BYTES} of it have come; one that breaks off or takes longer than `timeoutMs` is an error. Resolves to
 * undefined if it was stopped; never rejects.
 */
export function probe(url: string, timeoutMs: number, stop: AbortSignal): Promise<Probed | undefined> {
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    // The first end counts; what follows it are consequences of `destroy`.
    const settle = (end: ProbeEnd | undefined) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      resolve(end && { ...end, latencyMs: performance.now() - startedAtMs });
      request.destroy();
    };
    const onStop = () => settle(undefined);
    const { request: open } = url.startsWith('https:') ? https : http;
    const request = open(url, { agent: false, headers });
    // After a stall of our own, what has come meanwhile is read in this turn of the loop, and counts.
    const timer = setTimeout(() => setImmediate(() => settle({ error: new ProbeTimeoutError() })), timeoutMs);
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
    request.on('error', (error) => settle({ error }));
    request.on('upgrade', (response, socket) => {
      settle({ code: response.statusCode ?? 0 });
      socket.destroy();
    });
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= MAX_BODY_BYTES) settle({ code });
      });
      response.on('end', () => settle({ code }));
      response.on('error', (error) => settle({ error }));
    });
    request.end();
  });
}
