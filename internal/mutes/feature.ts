import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';

import type { Spread } from '../database/cluster.ts';
import { answerJson } from '../frontdoor/answer.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { Problem, type ProblemKind } from '../frontdoor/problem.ts';
import { cursor, oneOf, readQuery, textWithout, wholeNumber } from '../frontdoor/query.ts';
import { archiving, cutoffOf } from '../database/archive.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import type { Topic } from '../pipeline/topic.ts';
import { muteJson, muteParser, requireEnd, type Mute } from './mute.ts';
import {
  addMute,
  deleteOldMutes,
  endMute,
  isMuteId,
  MAX_ACTIVE_MUTES,
  muteCursor,
  mutesNow,
  mutesOf,
} from './queries.ts';

/** Its tables, and by what each is spread over a cluster. */
export const muteTables: readonly Spread[] = [{ table: 'mutes', by: undefined }];

/** What `GET /live` calls the mutes. */
const MUTES_TOPIC = 'mutes';

const ROWS_A_STEP = 1000;

/** So many hold already that no other one is taken. */
export const tooManyMutes: ProblemKind = { code: 'too-many-mutes', title: 'So many mutes hold already' };

export const mutesQuery = z.object({
  service: textWithout(nameFault).optional().describe('Only those that fit the name of this service.'),
  state: oneOf('active', 'ended', 'all')
    .default('active')
    .describe('Those that hold, those that ended, or both.'),
  limit: wholeNumber(1, 1000).default(100).describe('Most mutes of the page.'),
  cursor: cursor(muteCursor).optional().describe('The next_cursor of the page before.'),
});

/** `POST /mutes`, `GET /mutes` and `DELETE /mutes/:id`: of which services nobody is told for a while. */
export function openMutes(pipeline: Pipeline): Feature {
  const { config, now } = pipeline;
  const retentionDays = config.RETENTION_DAYS;
  return {
    routes: {
      add(router) {
        router.post('/mutes', postMute(pipeline));
        router.get('/mutes', getMutes(pipeline));
        router.delete('/mutes/:id', deleteMute(pipeline));
      },
    },
    topics: [mutesTopic(pipeline)],
    chores:
      retentionDays === undefined
        ? []
        : [
            {
              name: 'delete old mutes',
              run: (client) => {
                const cutoff = cutoffOf(pipeline.config, now() - retentionDays * 86_400);
                return archiving(pipeline.config, { table: 'mutes', cutoff }, (archived) =>
                  deleteOldMutes(client, cutoff, ROWS_A_STEP, archived),
                );
              },
            },
          ],
  };
}

/** Returns the handler of `POST /mutes`: answers 201 with the mute once it is committed. */
function postMute({ bodies, parser, writes, changes, now }: Pipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const asked = await bodies.read(context.req, (body) => parser.parse(muteParser, body, undefined));
    requireEnd(asked, now());
    const mute = await addMute(writes, asked, now());
    if (mute === undefined) {
      throw new Problem(
        409,
        tooManyMutes,
        `${MAX_ACTIVE_MUTES} mutes hold already: end some, or use a pattern.`,
      );
    }
    changes.say(MUTES_TOPIC, [mute.id]);
    answerJson(context, JSON.stringify(muteJson(mute)));
    context.status = 201;
  };
}

/** Returns the handler of `GET /mutes`: those that hold, newest first; with `state` also those that ended. */
function getMutes({ database, now }: Pipeline): (context: Context) => Promise<void> {
  return async (context) => {
    const { service, state, limit, cursor: after } = readQuery(mutesQuery, context.querystring);
    const holds = state === 'all' ? undefined : state === 'active';
    // One more than asked for shows whether there is another page.
    const found = await mutesOf(database, { service, holds, after }, now(), limit + 1);
    const mutes = found.slice(0, limit);
    const next = muteCursor.json(found.length > limit ? mutes.at(-1) : undefined);
    answerJson(context, `{"mutes":${JSON.stringify(mutes.map(muteJson))},"next_cursor":${next}}`);
  };
}

/** Returns the handler of `DELETE /mutes/:id`: ends it now, unless it has ended; its record stays. */
function deleteMute({ writes, changes, now }: Pipeline): (context: RouterContext) => Promise<void> {
  return async (context) => {
    const id = context.params.id ?? '';
    const mute = isMuteId(id) ? await endMute(writes, id, now()) : undefined;
    if (mute === undefined) throw new Problem(404, 'not-found', 'There is no such mute.');
    changes.say(MUTES_TOPIC, [id]);
    answerJson(context, JSON.stringify(muteJson(mute)));
  };
}

/** What `GET /live` tells of mutes: those that hold. */
function mutesTopic({ database, now }: Pipeline): Topic {
  const ends = new Map<string, number>();
  return {
    name: MUTES_TOPIC,
    async read(keys) {
      const mutes = await mutesNow(database, now(), keys === 'all' ? undefined : [...keys]);
      if (keys === 'all') ends.clear();
      else for (const id of keys) ends.delete(id);
      return new Map(
        mutes.map((mute: Mute) => {
          ends.set(mute.id, mute.untilAt);
          return [mute.id, JSON.stringify(muteJson(mute))];
        }),
      );
    },
    // Nobody says that a mute ends by itself.
    due: (nowSeconds) => new Set([...ends].filter(([, end]) => end <= nowSeconds).map(([id]) => id)),
  };
}
