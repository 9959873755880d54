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

/** The shares of the last day, week and month of the services with these names. */
export function useShares(names: readonly string[]): ReadonlyMap<string, Shares> {
  const ask = async (asked: readonly string[]) => {
    const known = new Map<string, Shares>();
    for (const path of pathsOf('/shares?', asked, MAX_SERVICES)) {
      const { services } = (await getJson(path)) as Answer<'/shares'>;
      for (const { service_name: name, spans } of services) known.set(name, spans);
    }
    return known;
  };
  return useRowAnswers(names, { ask, everyMs: () => EACH_MS }, { change: '', chosen: '' });
}

/** `1.8K`: for numbers in columns. */
export const compact = new Intl.NumberFormat('en', { notation: 'compact' });

/** What the columns of the shares are called. */
export function ShareHeads() {
  return (
    <>
      {sharedSpans.map(([title, , words]) => (
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
export function ShareCells({ shares }: { shares: Shares | undefined }) {
  return (
    <>
      {sharedSpans.map(([title, , words], index) => {
        const told = shares?.[index];
        return (
          <span
            key={title}
            role="cell"
            class={told?.issues === 0 ? 'number row-share muted' : 'number row-share'}
          >
            {told !== undefined && (
              <span
                title={`in issue ${told.issues} × in the last ${words}, for ${formatDuration(told.issue_seconds)} in all`}
              >
                {formatShare(told.issue_share)}
                {told.issues > 0 && <span class="row-times"> {compact.format(told.issues)}×</span>}
              </span>
            )}
          </span>
        );
      })}
    </>
  );
}
