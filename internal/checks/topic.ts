import type { Pipeline } from '../pipeline/feature.ts';
import type { ChangedKeys, ItemJson, Topic } from '../pipeline/topic.ts';
import { CHECKS_TOPIC } from './batches.ts';
import { checkJson, summaryOf } from './check.ts';
import type { ChecksConfig } from './config.ts';
import { targetsOf, usualTimes } from './targets.ts';
import { countsOfWindow, latestOfWindow, type OutcomeCount } from './queries.ts';
import { longestBreakMs } from './rounds.ts';

const none: ReadonlySet<string> = new Set();

/**
 * The topic `checks`: by target `{last, failed, error, summary, overdue}`, for the targets that are configured here and those that were checked in
 * the last five minutes. It changes as time passes, too: checks leave the window.
 */
export function checksTopic({
  database,
  config,
  now,
}: Pick<Pipeline<ChecksConfig>, 'database' | 'config' | 'now'>): Topic {
  const targets = targetsOf(config);
  const configured = targets.map(({ name }) => name);
  const breakMs = new Map(targets.map((target) => [target.name, longestBreakMs(target)]));
  // Of what others check nothing is known but that they are configured alike.
  const usualBreakMs = longestBreakMs(usualTimes(config));
  let dueSecond: number | undefined;
  // Others may check what is not configured here, and stop.
  let isAnyTold = false;
  return {
    name: CHECKS_TOPIC,
    async read(keys: ChangedKeys): Promise<ReadonlyMap<string, ItemJson>> {
      const nowMs = now() * 1000;
      const wanted = keys === 'all' ? undefined : [...keys];
      const [latest, counts] = await Promise.all([
        latestOfWindow(database, wanted, nowMs),
        countsOfWindow(database, wanted, nowMs),
      ]);
      const lastOf = new Map(latest.map((check) => [check.target, check]));
      const countsOf = new Map<string, OutcomeCount[]>();
      for (const count of counts) countsOf.set(count.target, [...(countsOf.get(count.target) ?? []), count]);
      const asked = configured.filter((target) => keys === 'all' || keys.has(target));
      const shown = new Set([...asked, ...lastOf.keys(), ...countsOf.keys()]);
      if (keys === 'all') isAnyTold = shown.size > 0;
      else isAnyTold ||= shown.size > 0;
      return new Map(
        Array.from(shown, (target) => {
          const check = lastOf.get(target);
          const last = check === undefined ? null : checkJson(check);
          const failed = check?.failed ?? false;
          const error = check?.error ?? null;
          const summary = summaryOf(countsOf.get(target) ?? []);
          const longestMs = breakMs.get(target) ?? usualBreakMs;
          const overdue = check !== undefined && nowMs - check.checkedMs > longestMs;
          return [target, JSON.stringify({ last, failed, error, summary, overdue })];
        }),
      );
    },
    due(nowSeconds: number): ChangedKeys {
      const second = Math.floor(nowSeconds);
      if ((configured.length === 0 && !isAnyTold) || second === dueSecond) return none;
      dueSecond = second;
      return 'all';
    },
  };
}
