import { sendJson } from '../data/get-json.ts';
import { knownNow, knownSecond, mutes, mutesVersion } from '../live/store.ts';
import type { MuteNow } from '../live/topics.ts';
import { redrawWith } from '../parts/redraw.ts';
import { fits } from './fits.ts';

const none: readonly MuteNow[] = [];
// More rows than are in sight at once; thousands scroll by.
const MOST_KEPT = 500;

let fitting = new Map<string, readonly MuteNow[]>();
let fittingVersion = -1;

/** The mutes that hold of a service, the first that was made first. */
export function mutesOf(name: string): readonly MuteNow[] {
  if (mutes.items.size === 0) return none;
  if (fittingVersion !== mutes.version || fitting.size >= MOST_KEPT) fitting = new Map();
  fittingVersion = mutes.version;
  let found = fitting.get(name);
  if (found === undefined) {
    found = [...mutes.items.values()].filter(({ service }) => fits(service, name));
    fitting.set(name, found);
  }
  return found.filter(({ until }) => until > knownNow());
}

/** Draws the component that calls it anew as mutes begin and end; returns what tells which one holds of a service, if one does. */
export function useMutes(): (name: string) => MuteNow | undefined {
  redrawWith(mutesVersion);
  // Those that there are end by themselves.
  if (mutes.items.size > 0) redrawWith(knownSecond);
  return firstOf;
}

const firstOf = (name: string) => mutesOf(name)[0];

/** Has nobody told of the services that fit, for so many seconds. Throws as {@link sendJson} does. */
export function mute(service: string, by: string, note: string, seconds: number): Promise<unknown> {
  return sendJson('POST', '/mutes', { service, by, note, until: Math.ceil(knownNow() + seconds) });
}

/** Ends a mute. Throws as {@link sendJson} does. */
export function endMute({ id }: MuteNow): Promise<unknown> {
  return sendJson('DELETE', `/mutes/${id}`);
}
