import * as http from 'node:http';
import * as https from 'node:https';

import type { Message } from './messages.ts';

/** What came of a request: its status code, or in a word what went wrong instead. */
export type Posted = { readonly code: number } | { readonly failure: string };

const MAX_BODY_BYTES = 65_536;

/**
 * Sends a message once, over a connection of its own, and follows no redirect: it goes where the configuration says, and
 * nowhere else. The status counts; of a body at most {@link MAX_BODY_BYTES} are read, and none is shown to anybody. Never
 * rejects; undefined if it was stopped.
 */
export function post(
  { url, headers, body }: Message,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Posted | undefined> {
  return new Promise((resolve) => {
    // The first end counts; what follows it are consequences of `destroy`.
    const settle = (posted: Posted | undefined) => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      resolve(posted);
      request.destroy();
    };
    const onStop = () => settle(undefined);
    const { request: open } = url.startsWith('https:') ? https : http;
    const bytes = Buffer.from(body);
    const request = open(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': bytes.length },
    });
    const timer = setTimeout(() => settle({ failure: 'timeout' }), timeoutMs);
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
    request.on('error', (error) => settle({ failure: nameOf(error) }));
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received >= MAX_BODY_BYTES) settle({ code });
      });
      response.on('end', () => settle({ code }));
      response.on('error', () => settle({ failure: 'cut off' }));
    });
    request.end(bytes);
  });
}

// Node's codes, such as ECONNREFUSED, are known to whoever runs services; messages may hold addresses.
function nameOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}
