import { createHash } from 'node:crypto';

import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';

import { nameFault } from '../../frontdoor/fields.ts';
import { oneOf, readQuery, textWithout, wholeNumber } from '../../frontdoor/query.ts';
import { newestIntervals } from '../history/newest.ts';
import { provisionalSeconds, stateAt } from '../timeline.ts';
import { neverReported, requireHistory, type Reading } from './one-service.ts';
import { timelineSvg } from './timeline-svg.ts';
import { timelinesOf } from './timelines.ts';

export const badgeQuery = z.object({
  label: textWithout(nameFault).optional().describe("What it says instead of the service's name."),
});
export const pictureQuery = z.object({
  hours: wholeNumber(1, 168).default(1),
  width: wholeNumber(200, 1200).default(600).describe('In pixels.'),
  theme: oneOf('auto', 'light', 'dark').default('auto'),
});
// An image in a README is asked for by many; a few seconds spare us most of them and mislead nobody.
const MAX_AGE_SECONDS = 15;

/** Returns the handler of `GET /services/:name/badge.svg`: the state of a service, for READMEs and wikis. */
export function getBadge({ source, config, now }: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const { label = serviceName } = readQuery(badgeQuery, context.querystring);
    const isName = nameFault(serviceName) === undefined;
    const [newest] = isName ? await newestIntervals(source, { serviceNames: [serviceName] }) : [];
    if (newest === undefined) throw neverReported();
    const { interval, gapSeconds } = newest;
    const nowSeconds = now();
    const rules = { gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS };
    const { badgeSvg } = await import('./badge.ts');
    const svg = badgeSvg({ label, ...stateAt(interval, nowSeconds, rules), now: nowSeconds });
    answerSvg(context, svg, isOpen(config));
  };
}

/** Returns the handler of `GET /services/:name/timeline.svg`: the last hours of a service as a picture. */
export function getTimelineSvg({ source, config, now }: Reading): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const { hours, width, theme } = readQuery(pictureQuery, context.querystring);
    const { gapSeconds } = await requireHistory(source, serviceName);
    const nowSeconds = now();
    const seconds = hours * 3600;
    // It moves by whole pixels, so that it stays the same, and its ETag too, while nothing could be seen to move.
    const step = Math.max(1, Math.floor(seconds / width));
    const to = Math.ceil(nowSeconds / step) * step;
    const from = Math.max(0, to - seconds);
    const span = { serviceNames: [serviceName], from, to };
    const timelines = await timelinesOf(source, span, nowSeconds, config.MAX_DELAY_SECONDS);
    const svg = timelineSvg({
      serviceName,
      intervals: timelines.get(serviceName) ?? [],
      from,
      to,
      provisionalSeconds: provisionalSeconds({ gapSeconds, maxDelaySeconds: config.MAX_DELAY_SECONDS }),
      width,
      theme,
    });
    answerSvg(context, svg, isOpen(config));
  };
}

/** Where the images are. */
export const imagePaths = /^\/services\/[^/]+\/(badge|timeline)\.svg$/;

function isOpen({ READ_TOKENS, READ_TOKENS_FILE }: Reading['config']): boolean {
  return READ_TOKENS.length === 0 && READ_TOKENS_FILE === undefined;
}

/** Answers with an image, which may be kept for a moment: by shared caches only if everybody may read. */
function answerSvg(context: Context, svg: string, isPublic: boolean): void {
  context.set({
    'cache-control': `${isPublic ? 'public' : 'private'}, max-age=${MAX_AGE_SECONDS}`,
    etag: `"${createHash('sha256').update(svg).digest('base64url').slice(0, 22)}"`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = 'image/svg+xml; charset=utf-8';
  context.body = svg;
}
