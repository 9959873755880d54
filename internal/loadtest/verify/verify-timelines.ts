import { namePrefix, serviceName } from '../load-plan.ts';
import type { Outcomes } from '../tally.ts';
import { askLatestEvents, askServices, type Asked } from './asker.ts';
import { storedSightings } from './stored-sightings.ts';
import { expectedAnswers, type Current, type Interval } from './timeline.ts';
import type { Difference, Subject, Verification, Verify } from './verification.ts';

const MOST_SHOWN = 10;
// Before the load it is better to hear soon that nobody is there; afterwards an answer is worth waiting for.
const TRIES_BEFORE = 4;
const TRIES_AFTER = 25;
const MOST_UNANSWERED = 10;

/**
 * Compares every service that the load reported with what its acknowledged reports say: its state in `GET /services`
 * and its latest events.
 *
 * Two kinds of services are not comparable. Of one with a report that was given up after an unknown outcome nobody
 * knows whether that report is stored. And one that was there before belongs to an earlier run of the same plan,
 * which may have got further than this one: unless this one got to the end, when both stored the same.
 */
export const verifyTimelines: Verify = async (subject) => {
  const { plan, ask } = subject;
  const prefix = namePrefix(plan);
  const before = await askServices(ask, prefix, TRIES_BEFORE);
  if ('problem' in before) throw new Error(`GET /services before the load: ${before.problem}`);

  return async (outcomes) => {
    const isWholePlan = outcomes.acknowledged === Math.ceil(plan.events / plan.batch);
    const mayHoldMore = (name: string) => !isWholePlan && before.value.has(name);
    const after = await askServices(ask, prefix, TRIES_AFTER);
    if ('problem' in after) throw new Error(`GET /services after the load: ${after.problem}`);
    return compareAll(subject, outcomes, after.value, mayHoldMore);
  };
};

async function compareAll(
  subject: Subject,
  outcomes: Outcomes,
  current: ReadonlyMap<string, Current>,
  mayHoldMore: (name: string) => boolean,
): Promise<Verification> {
  const { plan, rules, ask, now } = subject;
  const prefix = namePrefix(plan);
  const stored = storedSightings(plan, outcomes);
  const uncertain = new Set(Array.from(stored.uncertain, (service) => serviceName(prefix, service)));
  const expected = new Set(stored.services.map((service) => serviceName(prefix, service)));
  const isComparable = (name: string) => !uncertain.has(name) && !mayHoldMore(name);
  const found: Difference[] = [];
  let compared = 0;
  let unanswered = 0;

  const compareOne = async (service: number): Promise<void> => {
    const name = serviceName(prefix, service);
    if (!isComparable(name)) return;
    compared++;
    const { latestEvents, current: state } = expectedAnswers(
      stored.of(service),
      plan.startSecond,
      rules,
      now(),
    );
    const got = current.get(name);
    if (got?.state !== state.state || got.since !== state.since) {
      found.push({ service: name, question: 'state', expected: stateText(state), got: stateText(got) });
      return;
    }
    const answer = await askLatestEvents(ask, name, TRIES_AFTER);
    if ('problem' in answer && answer.isAway) unanswered++;
    const difference = differenceOf(latestEvents, answer);
    if (difference !== undefined) found.push({ service: name, ...difference });
  };
  // Each question to a service that is away takes a minute or more.
  const isOver = () => subject.isOver() || unanswered >= MOST_UNANSWERED;
  await forEach(stored.services, subject, isOver, compareOne);

  for (const [name, state] of current) {
    if (expected.has(name) || !isComparable(name)) continue;
    compared++;
    found.push({ service: name, question: 'state', expected: 'not there', got: stateText(state) });
  }
  const all = new Set([...expected, ...uncertain, ...current.keys()]);
  return {
    compared,
    notComparable: [...all].filter((name) => !isComparable(name)).length,
    different: found.length,
    first: found.slice(0, MOST_SHOWN),
  };
}

/** A few at a time, in order. */
async function forEach(
  services: readonly number[],
  { concurrency, onProgress }: Subject,
  isOver: () => boolean,
  work: (service: number) => Promise<void>,
): Promise<void> {
  let done = 0;
  const left = services.values();
  const lane = async (): Promise<void> => {
    for (const service of left) {
      if (isOver()) return;
      await work(service);
      onProgress(++done, services.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** The newest interval in which they differ. */
function differenceOf(
  expected: readonly Interval[],
  got: Asked<readonly Interval[]>,
): Omit<Difference, 'service'> | undefined {
  const question = 'latest events';
  if ('problem' in got) return { question, expected: `${expected.length} intervals`, got: got.problem };
  for (let index = 0; index < Math.max(expected.length, got.value.length); index++) {
    const [mine, theirs] = [intervalText(expected[index]), intervalText(got.value[index])];
    if (mine !== theirs) return { question: `${question} [${index}]`, expected: mine, got: theirs };
  }
  return undefined;
}

function intervalText(interval: Interval | undefined): string {
  if (interval === undefined) return 'nothing';
  return `${interval.state} ${interval.start_time} to ${interval.end_time ?? 'now'}`;
}

/** A service's state in words. */
function stateText(state: Current | undefined): string {
  return state === undefined ? 'not there' : `${state.state} since ${state.since}`;
}
