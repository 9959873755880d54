import { formatDuration, formatShare } from '../time/format.ts';

/** What `GET /services/:name/stats` answers, as far as the page shows it. Shares are of 1, durations in seconds. */
export interface StatsAnswer {
  readonly time_share: { readonly issue: number; readonly deploy: number; readonly idle: number };
  readonly intervals: { readonly issue: number; readonly deploy: number };
  readonly mean_issue_seconds: number | null;
  readonly longest_issue_seconds: number | null;
  readonly change_failure_rate: number | null;
}

/** The service's figures of a span; those of another one, which are shown meanwhile, are pale. */
export function Figures({ stats, isOld }: { stats: StatsAnswer; isOld: boolean }) {
  const figures: readonly (readonly [title: string, value: string])[] = [
    ['in issue', formatShare(stats.time_share.issue)],
    ['in deploy', formatShare(stats.time_share.deploy)],
    ['idle', formatShare(stats.time_share.idle)],
    ['issues begun', String(stats.intervals.issue)],
    ['deploys begun', String(stats.intervals.deploy)],
    ['mean issue', durationOr(stats.mean_issue_seconds)],
    ['longest issue', durationOr(stats.longest_issue_seconds)],
    [
      'deploys followed by an issue',
      stats.change_failure_rate === null ? '–' : formatShare(stats.change_failure_rate),
    ],
  ];
  return (
    <dl class={isOld ? 'figures figures-old' : 'figures'} aria-label="Figures of the span" aria-busy={isOld}>
      {figures.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function durationOr(seconds: number | null): string {
  return seconds === null ? '–' : formatDuration(seconds);
}
