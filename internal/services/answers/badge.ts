import { escapeXml, estimateWidth, shorten } from './svg-text.ts';
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
const PADDING = 7;
const HEIGHT = 20;

/**
 * A badge as SVG: what it is of, the state, and since when. The time is absolute, so that it stays true for as long as a
 * cache keeps it.
 */
export function badgeSvg({ label, state, since, now }: BadgeContent): string {
  const left = shorten(label, MOST_CHARACTERS);
  const right = `${shapes[state]} ${state} since ${sinceText(since, now)}`;
  const widths = [estimateWidth(left) + 2 * PADDING, estimateWidth(right) + 2 * PADDING] as const;
  const width = widths[0] + widths[1];
  const words = escapeXml(`${label}: ${state} since ${sinceText(since, now)}`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${words}">` +
    `<title>${words}</title>` +
    `<clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="4"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${widths[0]}" height="${HEIGHT}" fill="#2d3748"/>` +
    `<rect x="${widths[0]}" width="${widths[1]}" height="${HEIGHT}" fill="${colours[state]}"/></g>` +
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">' +
    textAt(PADDING, left) +
    textAt(widths[0] + PADDING, right) +
    '</g></svg>'
  );
}

function textAt(x: number, text: string): string {
  return `<text x="${x}" y="14" textLength="${estimateWidth(text)}" lengthAdjust="spacingAndGlyphs">${escapeXml(text)}</text>`;
}

/** The time of day if that is enough, else the date. */
function sinceText(since: number, now: number): string {
  const [date = '', time = ''] = new Date(since * 1000).toISOString().split('T');
  return now - since < 43_200 ? `${time.slice(0, 5)} UTC` : date;
}
