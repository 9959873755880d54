import type { ServicesItems, State } from '../live/services-items.ts';

/** Which services are shown: those in a state, if one is given, whose names pass. */
export interface Filter {
  readonly state: State | undefined;
  readonly passes: (name: string) => boolean;
}

const HOUR_SECONDS = 3600;
// As often in an hour is one trouble that goes on, whatever the service is in between.
const FLAPS_FROM = 3;

/** A service that was in issue in the last hour: how bad it is. */
interface Ranked {
  readonly id: number;
  /** 2 for what is in issue now, 1 for what flaps. */
  readonly urgency: number;
  readonly issueSeconds: number;
}

/**
 * Those of the services that pass the filter, worst first: what is in issue now, as that is what somebody has to see; then what was so
 * three times and more in the last hour, which is about to be again; then what was in issue at all; each by how long it was in
 * that hour, the longest first. Then deploys, the longest first; then what is idle, what has been active last first. Names
 * decide between equals, so that rows do not jump. `now` is in unix seconds. What is nearly in order takes a fraction of the
 * comparisons, and of the numbers that V8 makes for them.
 */
export function worstFirst(
  services: ServicesItems,
  ids: readonly number[],
  { state, passes }: Filter,
  now: number,
): number[] {
  const troubled: Ranked[] = [];
  const deploys: number[] = [];
  const idle: number[] = [];
  ids.forEach((id) => {
    const itsState = services.stateOf(id);
    if (state !== undefined && itsState !== state) return;
    if (!passes(services.nameOf(id))) return;
    if (itsState === 'issue' || services.issuesOf(id) > 0) troubled.push(rank(services, id, now));
    else if (itsState === 'deploy') deploys.push(id);
    else idle.push(id);
  });
  const bySince = (a: number, b: number) => services.sinceOf(a) - services.sinceOf(b);
  const byName = (a: number, b: number) => (services.nameOf(a) < services.nameOf(b) ? -1 : 1);
  return troubled
    .sort((a, b) => compareTroubled(a, b) || bySince(a.id, b.id) || byName(a.id, b.id))
    .map(({ id }) => id)
    .concat(
      deploys.sort((a, b) => bySince(a, b) || byName(a, b)),
      idle.sort((a, b) => bySince(b, a) || byName(a, b)),
    );
}

function rank(services: ServicesItems, id: number, now: number): Ranked {
  const isNow = services.stateOf(id) === 'issue';
  // What was asked for is some seconds old: what is in issue now may be news to it.
  const ongoing = isNow ? Math.min(HOUR_SECONDS, now - services.sinceOf(id)) : 0;
  return {
    id,
    urgency: isNow ? 2 : services.issuesOf(id) >= FLAPS_FROM ? 1 : 0,
    issueSeconds: Math.max(services.issueSecondsOf(id), ongoing),
  };
}

function compareTroubled(a: Ranked, b: Ranked): number {
  return b.urgency - a.urgency || b.issueSeconds - a.issueSeconds;
}

/** How many of the services whose names pass are in each state. */
export function countStates(services: ServicesItems, passes: Filter['passes']): Record<State, number> {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  services.ids.forEach((id) => {
    if (passes(services.nameOf(id))) counts[services.stateOf(id)]++;
  });
  return counts;
}
