import { ask, AskTimeoutError } from '../outgoing/ask.ts';
import type { Message } from './messages.ts';

/** What came of a message: the status code, or in a word what went wrong instead. */
export type Posted = { readonly code: number } | { readonly failure: string };

/** Sends a message once, as {@link ask} does; of what is answered the status counts, and no body is shown to anybody. */
export async function post(
  message: Message,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Posted | undefined> {
  const asked = await ask({ ...message, method: 'POST', timeoutMs }, stop);
  if (asked === undefined || 'code' in asked) return asked;
  return { failure: asked.error instanceof AskTimeoutError ? 'timeout' : nameOf(asked.error) };
}

// Node's codes, such as ECONNREFUSED, are known to whoever runs services; messages may hold addresses.
function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}
