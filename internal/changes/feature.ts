import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson, answerText } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Proxies } from '../frontdoor/proxies.ts';
import {
  completeSpan,
  cursor,
  instant,
  oneOf,
  readQuery,
  textWithout,
  unitsFrom,
  wholeNumber,
} from '../frontdoor/query.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { atomOf, type FeedLinks } from './atom.ts';
import { changeCursor, changeJson, changeKinds, type ChangeSource, type Place } from './change.ts';
import { changesPage, type ChangesPage } from './page.ts';

const DAY_SECONDS = 86_400;
const LONGEST_DAYS = 366;

/** What may be asked of what happened. */
export const changesQuery = z.object({
  from: instant().optional().describe('A day before `to` without it, 366 days before it at most.'),
  to: instant().optional().describe('Exclusive; now without it.'),
  kind: oneOf(...changeKinds)
    .optional()
    .describe('Only these.'),
  service: textWithout(nameFault)
    .optional()
    .describe('Only of this service, check, component or job; of mutes those that fit it.'),
  limit: wholeNumber(1, 1000).default(100).describe('Most changes of the page.'),
  cursor: cursor(changeCursor).optional().describe('The next_cursor of the page before.'),
});

/** `GET /changes` and `GET /changes.atom`: what began and ended, whatever it is, newest first. */
export function openChanges({ now, config }: Pipeline, sources: readonly ChangeSource[]): Feature {
  const proxies = new Proxies(config.TRUST_PROXY);
  const read = async (context: Context): Promise<ChangesPage> => {
    const asked = readQuery(changesQuery, context.querystring);
    const span = completeSpan(
      // Each second that the span touches is in it.
      { from: asked.from?.second, to: asked.to && unitsFrom(asked.to, 1) },
      {
        end: Math.floor(now()) + 1,
        usual: DAY_SECONDS,
        longest: LONGEST_DAYS * DAY_SECONDS,
        tooLong: `must be at most ${LONGEST_DAYS} days before to`,
      },
    );
    const { kind, service, limit, cursor: after } = asked;
    const wanted = sources.filter(({ kinds }) => kind === undefined || kinds.includes(kind));
    const ofKind = wanted.map((source) => ({
      ...source,
      read: async (...question: Parameters<ChangeSource['read']>) =>
        (await source.read(...question)).filter((change) => kind === undefined || change.kind === kind),
    }));
    return changesPage(ofKind, span, { service, after, limit });
  };
  return {
    routes: {
      add(router) {
        router.get('/changes', async (context) => {
          const { changes, next } = await read(context);
          const listed = JSON.stringify(changes.map(changeJson));
          answerJson(context, `{"changes":${listed},"next_cursor":${changeCursor.json(next)}}`);
        });
        router.get('/changes.atom', async (context) => {
          const { changes, next } = await read(context);
          const { scheme = 'http', host = '' } = proxies.callerOf(context.req);
          const links = linksOf(context, `${scheme}://${host}${config.BASE_PATH}`, next);
          answerText(context, atomOf(changes, links, now()), 'application/atom+xml; charset=utf-8');
        });
      },
    },
  };
}

/** The links of the feed that was asked for, of a service that is called `service` there. */
function linksOf(
  { path, search, querystring }: Context,
  service: string,
  next: Place | undefined,
): FeedLinks {
  const asked = new URLSearchParams(querystring);
  // What it tells of, whatever the span and the page.
  const filters = ['kind', 'service'].filter((name) => asked.has(name));
  const id = [
    'urn:minikom:changes',
    ...filters.map((name) => `${name}=${encodeURIComponent(asked.get(name) ?? '')}`),
  ];
  if (next !== undefined) asked.set('cursor', changeCursor.encode(next));
  return {
    id: id.join(':'),
    self: `${service}${path}${search}`,
    next: next && `${service}${path}?${asked.toString()}`,
  };
}
