import type { ServiceNow, State } from '../live/services-items.ts';

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
  readonly service: ServiceNow;
  /** 2 for what is in issue now, 1 for what flaps. */
  readonly urgency: number;
  readonly issueSeconds: number;
}

/**
 * The services that pass the filter, worst first: what is in issue now, as that is what somebody has to see; then what was so
 * three times and more in the last hour, which is about to be again; then what was in issue at all; each by how long it was in
 * that hour, the longest first. Then deploys, the longest first; then what is idle, what has been active last first. Names
 * decide between equals, so that rows do not jump. `now` is in unix seconds. What is nearly in order takes a fraction of the
 * comparisons, and of the numbers that V8 makes for them.
 */
export function worstFirst(
  services: readonly ServiceNow[],
  { state, passes }: Filter,
  now: number,
): ServiceNow[] {
  const troubled: Ranked[] = [];
  const deploys: ServiceNow[] = [];
  const idle: ServiceNow[] = [];
  services.forEach((service) => {
    if (state !== undefined && service.state !== state) return;
    if (!passes(service.name)) return;
    if (service.state === 'issue' || service.issues > 0) troubled.push(rank(service, now));
    else if (service.state === 'deploy') deploys.push(service);
    else idle.push(service);
  });
  return troubled
    .sort(compareTroubled)
    .map(({ service }) => service)
    .concat(
      deploys.sort((a, b) => a.since - b.since || compareNames(a, b)),
      idle.sort((a, b) => b.since - a.since || compareNames(a, b)),
    );
}

function rank(service: ServiceNow, now: number): Ranked {
  const isNow = service.state === 'issue';
  // What was asked for is some seconds old: what is in issue now may be news to it.
  const ongoing = isNow ? Math.min(HOUR_SECONDS, now - service.since) : 0;
  return {
    service,
    urgency: isNow ? 2 : service.issues >= FLAPS_FROM ? 1 : 0,
    issueSeconds: Math.max(service.issueSeconds, ongoing),
  };
}

function compareTroubled(a: Ranked, b: Ranked): number {
  return (
    b.urgency - a.urgency ||
    b.issueSeconds - a.issueSeconds ||
    a.service.since - b.service.since ||
    compareNames(a.service, b.service)
  );
}

function compareNames(a: ServiceNow, b: ServiceNow): number {
  return a.name < b.name ? -1 : 1;
}

/** How many services whose names pass are in each state. */
export function countStates(
  services: readonly ServiceNow[],
  passes: Filter['passes'],
): Record<State, number> {
  const counts = { issue: 0, deploy: 0, idle: 0 };
  services.forEach(({ name, state }) => {
    if (passes(name)) counts[state]++;
  });
  return counts;
}
