import { useMemo, useRef } from 'preact/hooks';

import type { Answer } from '../data/answer.ts';
import { getJson } from '../data/get-json.ts';
import { formatDuration, formatShare } from '../time/format.ts';
import { presets } from '../span/span.ts';
import { useRowAnswers } from './row-questions.ts';
import { pathsOf } from './timeline-cache.ts';

/** How much of spans up to now a service was in issue, and how often. */
export type Shares = Answer<'/shares'>['services'][number]['spans'];

const EACH_MS = 30_000;
const MAX_SERVICES = 100;
/** As `GET /shares` tells them. */
export const sharedSpans = presets.slice(2);

interface KnownShares {
  readonly shares: Shares;
  /** By `performance.now()`. */
  readonly askedMs: number;
}

/** The shares of the last day, week and month of the services with these names. */
export function useShares(names: readonly string[]): ReadonlyMap<string, Shares> {
  const known = useRef<ReadonlyMap<string, KnownShares>>(new Map());
  const ask = async (asked: readonly string[]) => {
    const askedMs = performance.now();
    // Most rows are still there after others have scrolled by.
    const answers = new Map<string, KnownShares>();
    for (const name of asked) {
      const before = known.current.get(name);
      if (before !== undefined && askedMs - before.askedMs < EACH_MS / 2) answers.set(name, before);
    }
    const unknown = asked.filter((name) => !answers.has(name));
    for (const path of pathsOf('/shares?', unknown, MAX_SERVICES)) {
      const { services } = (await getJson(path)) as Answer<'/shares'>;
      for (const { service_name: name, spans: shares } of services) answers.set(name, { shares, askedMs });
    }
    known.current = answers;
    return answers;
  };
  const answers = useRowAnswers(names, { ask, everyMs: () => EACH_MS }, { change: '', chosen: '' });
  return useMemo(() => new Map([...answers].map(([name, { shares }]) => [name, shares])), [answers]);
}

/** `1.8K`: for numbers in columns. */
export const compact = new Intl.NumberFormat('en', { notation: 'compact' });

/** What the columns of the shares are called. */
export function ShareHeads() {
  return (
    <>
      {sharedSpans.map(({ title, words }) => (
        <span
          key={title}
          role="columnheader"
          class="number row-share"
          title={`In issue in the last ${words}`}
        >
          In issue, {title}
        </span>
      ))}
    </>
  );
}

/** Each share, and how often that was; how long on a closer look. Empty while nothing is known. */
export function shareCells(shares: Shares | undefined) {
  return sharedSpans.map(({ title, words }, index) => {
    const told = shares?.[index];
    const times = `in issue ${told?.issues} × in the last ${words}`;
    return (
      <span
        key={title}
        role="cell"
        class={told?.issues === 0 ? 'number row-share muted' : 'number row-share'}
        title={told && `${times}, for ${formatDuration(told.issue_seconds)} in all`}
      >
        {told && formatShare(told.issue_share)}
        {told && told.issues > 0 && <span class="row-times">{` ${compact.format(told.issues)}×`}</span>}
      </span>
    );
  });
}
