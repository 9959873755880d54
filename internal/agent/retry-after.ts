const mostSeconds = 60;

/**
 * How long a `Retry-After` header asks to wait, in milliseconds from `nowMs`; 0 if it is missing or makes no
 * sense. At most a minute, so that one broken answer does not silence the agent.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), mostSeconds * 1000);
}
