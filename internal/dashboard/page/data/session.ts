import { signal } from '@preact/signals';

import { serviceUrl } from './service-url.ts';

/** Whether the service wants to be told a token before it is read. */
export const needsToken = signal(false);

/** Counts the sessions that began, after each of which everything may be asked anew. */
export const begun = signal(0);

/**
 * Begins a session with a token. The browser keeps it in a cookie that no script reads; the page keeps nothing. Resolves
 * to why it did not begin, or to undefined.
 */
export async function beginSession(token: string): Promise<string | undefined> {
  const answer = await fetch(serviceUrl('/session'), {
    method: 'POST',
    body: JSON.stringify({ token }),
  }).catch(() => undefined);
  if (answer === undefined) return 'The service does not answer.';
  const rights: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok)
    return answer.status === 401 ? 'This token is not known here.' : 'It could not be asked now.';
  if (!mayRead(rights)) return 'This token is for writing only.';
  begun.value++;
  needsToken.value = false;
  return undefined;
}

/** Asks whether a token is needed: a WebSocket that is refused does not say why. */
export async function findOutWhetherTokenIsNeeded(): Promise<void> {
  const session = begun.peek();
  const answer = await fetch(serviceUrl('/session')).catch(() => undefined);
  if (answer?.ok === true) tellNeed(!mayRead(await answer.json().catch(() => undefined)), session);
}

/** Takes note of whether a token is needed, by an answer to what was asked in that session: since the next began it says nothing. */
export function tellNeed(needs: boolean, session: number): void {
  if (session === begun.peek()) needsToken.value = needs;
}

function mayRead(rights: unknown): boolean {
  return (
    typeof rights !== 'object' || rights === null || !('may_read' in rights) || rights.may_read !== false
  );
}
