import { isQuiet, type Rule } from './rules.ts';

/** A stretch in which a service was in a state, in unix seconds. */
export interface Stretch {
  readonly serviceName: string;
  /** Of one that began before what was looked at, -Infinity. */
  readonly start: number;
  /** Null while it goes on. */
  readonly end: number | null;
}

/** What somebody was told of. */
export interface Alert {
  readonly rule: string;
  readonly serviceName: string;
  /** When it began. */
  readonly since: number;
  /** When it was last told, as begun or as still going on. */
  readonly toldAt: number;
  /** Null while it is not known to have ended. */
  readonly endedAt: number | null;
}

/** What follows for an alert: it is told as begun, again or as ended; or it is closed, and nobody is told. */
export interface Step {
  readonly kind: 'begun' | 'again' | 'ended' | 'closed';
  readonly alert: Alert;
}

/** What one look is about; times are unix seconds. */
export interface Look {
  readonly now: number;
  /** What ended before this was looked at before. */
  readonly from: number;
  /** Whether nobody is to be told of the service at that time. */
  readonly isMuted: (serviceName: string, at: number) => boolean;
}

/**
 * What a rule has somebody told, given the stretches of its state since `from` of all services that fit, and the alerts of
 * the rule that are open or ended after that. Pure: who looks again with what came of it is told nothing new.
 *
 *   a stretch lasts long enough → begun
 *   begun → it goes on for so long since that was told → again, and so on
 *   begun → it ended → ended
 *
 * While a service is muted, or in quiet hours, all stays as it is. What then still goes on is told, and what was told before
 * and has ended; what both began and ended meanwhile is not.
 */
export function stepsOf(
  rule: Rule,
  stretches: readonly Stretch[],
  alerts: readonly Alert[],
  { now, from, isMuted }: Look,
): Step[] {
  const isHeld = (serviceName: string, at: number) => isQuiet(rule, at) || isMuted(serviceName, at);
  const ofService = groupedByService(stretches);
  /** As they are after what is told here. */
  const known: Alert[] = [];
  const steps: Step[] = [];
  for (const alert of alerts) {
    if (alert.endedAt !== null || isHeld(alert.serviceName, now)) {
      known.push(alert);
      continue;
    }
    const same = ofService.get(alert.serviceName)?.find((stretch) => holds(stretch, alert.since));
    const isOver = same?.end !== null;
    const isToldAgain = !isOver && rule.againSeconds !== undefined && now >= alert.toldAt + rule.againSeconds;
    const next = isOver
      ? { ...alert, endedAt: same?.end ?? now }
      : isToldAgain
        ? { ...alert, toldAt: now }
        : alert;
    known.push(next);
    if (isOver) steps.push({ kind: rule.tellsEnd ? 'ended' : 'closed', alert: next });
    else if (isToldAgain) steps.push({ kind: 'again', alert: next });
  }
  const alertsOfService = groupedByService(known);
  for (const stretch of stretches) {
    const { serviceName, start, end } = stretch;
    const until = end ?? now;
    if (until - start < rule.forSeconds || until <= from || isHeld(serviceName, Math.min(until, now)))
      continue;
    const same = alertsOfService.get(serviceName)?.filter((alert) => isOf(stretch, alert)) ?? [];
    const endedAt = Math.max(...same.map((alert) => alert.endedAt ?? Infinity));
    // Reports that came late may show that what was told to have ended goes on: then it begins again where it had ended.
    if (same.length > 0 && (end !== null || endedAt === Infinity)) continue;
    const since = same.length > 0 ? endedAt : start === -Infinity ? Math.floor(from) : start;
    const alert = { rule: rule.name, serviceName, since, toldAt: now, endedAt: null };
    steps.push({ kind: 'begun', alert });
    // It was over before anybody could be told.
    if (end !== null)
      steps.push({ kind: rule.tellsEnd ? 'ended' : 'closed', alert: { ...alert, endedAt: end } });
  }
  return steps;
}

/** Whether a second is one of a stretch. Late reports may have made it begin earlier than it was told to. */
function holds({ start, end }: Stretch, second: number): boolean {
  return start <= second && (end ?? Infinity) > second;
}

/** Whether a stretch is what the alert told of, or a part of it. */
function isOf(stretch: Stretch, { since, endedAt }: Alert): boolean {
  return holds(stretch, since) || (since < stretch.start && (endedAt ?? Infinity) > stretch.start);
}

function groupedByService<Of extends { readonly serviceName: string }>(
  all: readonly Of[],
): Map<string, Of[]> {
  const groups = new Map<string, Of[]>();
  for (const each of all) {
    const group = groups.get(each.serviceName);
    if (group === undefined) groups.set(each.serviceName, [each]);
    else group.push(each);
  }
  return groups;
}
