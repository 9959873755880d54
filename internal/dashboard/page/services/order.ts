import type { ServiceNow, State } from '../live/services-items.ts';

/** Which services are shown: those in a state, if one is given, whose names contain the text. */
export interface Filter {
  readonly state: State | undefined;
  readonly text: string;
}

const severity: Readonly<Record<State, number>> = { issue: 0, deploy: 1, idle: 2 };

/**
 * The services that pass the filter, worst first: issues, then deploys, each the longest first, then what is idle, what
 * has been active last first. Names decide between equals, so that rows do not jump.
 */
export function worstFirst(services: Iterable<ServiceNow>, { state, text }: Filter): ServiceNow[] {
  const wanted = text.toLowerCase();
  const found: ServiceNow[] = [];
  for (const service of services) {
    if (state !== undefined && service.state !== state) continue;
    if (wanted !== '' && !service.name.toLowerCase().includes(wanted)) continue;
    found.push(service);
  }
  return found.sort(compare);
}

function compare(a: ServiceNow, b: ServiceNow): number {
  if (a.state !== b.state) return severity[a.state] - severity[b.state];
  if (a.since !== b.since) return a.state === 'idle' ? b.since - a.since : a.since - b.since;
  return a.name < b.name ? -1 : 1;
}
