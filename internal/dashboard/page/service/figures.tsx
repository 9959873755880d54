import type { Answer } from '../data/answer.ts';
import { FigureList } from '../parts/figure-list.tsx';
import { formatDuration, formatShare } from '../time/format.ts';

/** Shares are of 1, durations in seconds. */
export type StatsAnswer = Answer<'/services/{name}/stats'>;

/** The service's figures of a span; those of another one, which are shown meanwhile, are pale. */
export function Figures({ stats, isOld }: { stats: StatsAnswer; isOld: boolean }) {
  const { so_far: soFar } = stats;
  const figures: readonly (readonly [title: string, value: string])[] = [
    ['in issue', formatShare(stats.time_share.issue)],
    ['in deploy', formatShare(stats.time_share.deploy)],
    ['idle', formatShare(stats.time_share.idle)],
    ['issues begun', String(stats.intervals.issue)],
    ['deploys begun', String(stats.intervals.deploy)],
    ['mean issue', durationOf(soFar.mean_issue_seconds, soFar.unfinished > 0)],
    ['longest issue', durationOf(soFar.longest_issue_seconds, soFar.longest_is_unfinished)],
    [
      'deploys followed by an issue',
      stats.change_failure_rate === null ? '–' : formatShare(stats.change_failure_rate),
    ],
  ];
  return <FigureList label="Figures of the span" figures={figures} isOld={isOld} />;
}

/** Of an issue that goes on beyond the span no more than what was seen of it is known. */
function durationOf(seconds: number | null, isSoFar: boolean): string {
  if (seconds === null) return '–';
  return isSoFar ? `${formatDuration(seconds)} so far` : formatDuration(seconds);
}
