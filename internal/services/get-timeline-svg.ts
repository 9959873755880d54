import type { RouterContext } from '@koa/router';

import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, Problem, type FieldError } from '../frontdoor/problem.ts';
import { answerSvg } from './answer-svg.ts';
import { isKnown } from './queries.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { timelineSvg, type SvgTheme } from './timeline-svg.ts';
import { timelinesOf } from './timelines.ts';

const numbers = {
  hours: { least: 1, most: 168, usual: 1 },
  width: { least: 200, most: 1200, usual: 600 },
} as const;
const themes: readonly SvgTheme[] = ['auto', 'light', 'dark'];

/** Returns the handler of `GET /services/:name/timeline.svg`: the last hours of a service as a picture. */
export function getTimelineSvg({
  settled,
  config,
  now,
}: ReadPipeline): (context: RouterContext) => Promise<void> {
  const rules = { gapSeconds: config.GAP_SECONDS, maxDelaySeconds: config.MAX_DELAY_SECONDS };
  return async (context) => {
    const serviceName = context.params.name ?? '';
    const { hours, width, theme } = readPictureQuery(context.query);
    const database = await settled();
    if (nameFault(serviceName) !== undefined || !(await isKnown(database, serviceName))) {
      throw new Problem(404, 'not-found', 'This service was never reported.');
    }
    const nowSeconds = now();
    const seconds = hours * 3600;
    // It moves by whole pixels, so that it stays the same, and its ETag too, while nothing could be seen to move.
    const step = Math.max(1, Math.floor(seconds / width));
    const to = Math.ceil(nowSeconds / step) * step;
    const from = Math.max(0, to - seconds);
    const timelines = await timelinesOf(
      database,
      { serviceNames: [serviceName], from, to },
      nowSeconds,
      rules,
    );
    const svg = timelineSvg({
      serviceName,
      intervals: timelines.get(serviceName) ?? [],
      from,
      to,
      provisionalSeconds: config.MAX_DELAY_SECONDS + 1,
      width,
      theme,
    });
    answerSvg(context, svg, config.READ_TOKENS.length === 0);
  };
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Throws a 400 with each fault. */
function readPictureQuery(query: Query): { hours: number; width: number; theme: SvgTheme } {
  const faults: FieldError[] = [];
  const readNumber = (field: keyof typeof numbers): number => {
    const { least, most, usual } = numbers[field];
    const text = query[field];
    if (text === undefined) return usual;
    const value = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    faults.push({ field, message: `must be a whole number from ${least} to ${most}` });
    return usual;
  };
  const [hours, width] = [readNumber('hours'), readNumber('width')];
  const theme = themes.find((each) => each === (query.theme ?? 'auto'));
  if (theme === undefined) faults.push({ field: 'theme', message: 'must be auto, light or dark' });
  if (faults.length > 0) throw invalidRequest(faults);
  return { hours, width, theme: theme ?? 'auto' };
}
