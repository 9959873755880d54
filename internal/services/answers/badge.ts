import { makeBadge } from 'badge-maker';

import { onlyXml, shorten } from './svg-text.ts';
import type { ReportedState } from '../timeline.ts';

/** What a badge says. */
export interface BadgeContent {
  readonly label: string;
  readonly state: ReportedState | 'idle';
  /** In unix seconds. */
  readonly since: number;
  /** The present, in unix seconds. */
  readonly now: number;
}

const colours = { issue: '#b3261e', deploy: '#1b5fc1', idle: '#546178' } as const;
const shapes = { issue: '▲', deploy: '●', idle: '–' } as const;
const MOST_CHARACTERS = 40;

/**
 * A badge as SVG: what it is of, the state, and since when. The time is absolute, so that it stays true for as long as a
 * cache keeps it.
 */
export function badgeSvg({ label, state, since, now }: BadgeContent): string {
  return makeBadge({
    label: onlyXml(shorten(label, MOST_CHARACTERS)),
    message: `${shapes[state]} ${state} since ${sinceText(since, now)}`,
    labelColor: '#2d3748',
    color: colours[state],
  });
}

/** The time of day if that is enough, else the date. */
function sinceText(since: number, now: number): string {
  const [date = '', time = ''] = new Date(since * 1000).toISOString().split('T');
  return now - since < 43_200 ? `${time.slice(0, 5)} UTC` : date;
}
