import { setTimeout as pause } from 'node:timers/promises';

import { Latencies } from '../../loadtest/tally.ts';
import { quantile } from '../../program/quantile.ts';
import { ownMemory } from '../../program/resident-memory.ts';
import type { Fault, Scene } from '../fault.ts';
import { everything } from '../load.ts';

// A service, component or job takes memory, a few kilobytes each: they stay the same for as long as it lasts.
const CHAPTER_EVENTS = 2 ** 20;
const MINUTE_MS = 60_000;
const SHORT_MS = 1000;
const EACH_MS = 50;
const LONGEST_PROBE_MS = 10_000;
// Until all threads and connections are there, V8 has compiled what is hot, and caches are full.
const WARM_UP_MINUTES = 5;
// A minute is compared with no other: a vacuum, or a garbage collection, is no drift.
const COMPARED_MINUTES = 5;
const MOST_DRIFT = 0.1;
// Of something small, ten percent is less than what an allocator takes at once, or a busy machine adds for a moment.
const LEAST_MEBIBYTES = 8;
const LEAST_MS = 2;

/** What a minute was like. */
interface Minute {
  /** MiB that no other process shares: of the service, and of all processes of PostgreSQL. */
  readonly service: number;
  readonly postgres: number;
  /** How long a report took, and the answer of `/ready`, beside the load. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const minutesOf = new WeakMap<Scene, Minute[]>();

/** The load alone, a minute a round. Neither memory nor latency may drift after the first minutes. */
export const soak: Fault = {
  name: 'soak',
  summary: 'nothing is broken for a minute; with --minutes 30 a soak, which must not drift',
  needs: {},
  mix: { ...everything, chapterEvents: CHAPTER_EVENTS },
  async round(scene) {
    const minutes = minutesOf.get(scene) ?? [];
    minutesOf.set(scene, minutes);
    const minute = await observe(scene);
    minutes.push(minute);
    const { service, postgres, p50Ms, p99Ms } = minute;
    scene.note(
      `minute ${minutes.length}: service ${service.toFixed(0)} MiB, PostgreSQL ${postgres.toFixed(0)} MiB, ` +
        `a report and /ready ${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms`,
    );
  },
  end(scene) {
    for (const drift of driftsOf(minutesOf.get(scene) ?? [])) scene.complain(drift);
  },
};

async function observe({ service, postgres, isShort }: Scene): Promise<Minute> {
  const latencies = new Latencies();
  const endMs = performance.now() + (isShort ? SHORT_MS : MINUTE_MS);
  do {
    latencies.record(await service.untilServed(LONGEST_PROBE_MS));
    await pause(EACH_MS);
  } while (performance.now() < endMs);
  const { p50, p99 } = latencies.summary();
  const ofPostgres = (await postgres.processes()).map(ownMemory);
  return {
    service: ownMemory(service.process.pid),
    postgres: ofPostgres.reduce((sum, mebibytes) => sum + mebibytes, 0),
    p50Ms: p50 ?? 0,
    p99Ms: p99 ?? 0,
  };
}

/** What drifted, in words: the last minutes against the first ones after warming up, by their medians. */
export function driftsOf(minutes: readonly Minute[]): string[] {
  const warm = minutes.slice(WARM_UP_MINUTES);
  if (warm.length < 2 * COMPARED_MINUTES) return [];
  const [first, last] = [warm.slice(0, COMPARED_MINUTES), warm.slice(-COMPARED_MINUTES)];
  const drift = (what: string, of: (minute: Minute) => number, unit: string, least: number) => {
    const [before, after] = [quantile(first.map(of), 0.5), quantile(last.map(of), 0.5)];
    if (after - before <= Math.max(MOST_DRIFT * before, least)) return [];
    return [`${what} from ${before.toFixed(1)} to ${after.toFixed(1)} ${unit}`];
  };
  return [
    ...drift('the memory of the service went', ({ service }) => service, 'MiB', LEAST_MEBIBYTES),
    ...drift('the memory of PostgreSQL went', ({ postgres }) => postgres, 'MiB', LEAST_MEBIBYTES),
    ...drift('a report went', ({ p50Ms }) => p50Ms, 'ms', LEAST_MS),
  ];
}
