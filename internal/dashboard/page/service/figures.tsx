import { formatDuration, formatShare } from '../time/format.ts';
import type { StatsAnswer } from './stats.ts';

/** The service's figures of a span. */
export function Figures({ stats }: { stats: StatsAnswer }) {
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
    <dl class="figures" aria-label="Figures of the span">
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
