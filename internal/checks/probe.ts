import { ask, type Asked } from '../outgoing/ask.ts';
import type { CheckTarget } from './targets.ts';

const ownHeaders = { 'user-agent': 'Minikom health check', accept: '*/*' };

/** Asks a target once, as {@link ask} does. */
export function probe(target: CheckTarget, stop: AbortSignal): Promise<Asked | undefined> {
  // Those that are configured take the place of ours, however they are written.
  const configured = new Set(Object.keys(target.headers).map((name) => name.toLowerCase()));
  const own = Object.entries(ownHeaders).filter(([name]) => !configured.has(name));
  return ask({ ...target, headers: { ...Object.fromEntries(own), ...target.headers } }, stop);
}
