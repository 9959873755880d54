import type { Context } from 'koa';
import { z } from 'zod';

import type { AdvisoryLock } from '../database/advisory-locks.ts';
import { archiving, cutoffOf } from '../database/archive.ts';
import type { Spread } from '../database/cluster.ts';
import { Duty } from '../database/duty.ts';
import { answerJson } from '../frontdoor/answer.ts';
import { cursor, oneOf, readQuery, wholeNumber } from '../frontdoor/query.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import type { NotificationsConfig } from './config.ts';
import { Courier } from './courier.ts';
import { messageFor, plain } from './messages.ts';
import { post } from './post.ts';
import {
  deleteOldAlerts,
  deleteOldNotifications,
  newestNotifications,
  nextFor,
  notificationCursor,
  storeTry,
  type Notification,
} from './queries.ts';
import { Turns, type Sources } from './turns.ts';

/** Held by the process that tells. */
export const notificationLock: AdvisoryLock = { name: 'notifications', number: 6 };

/** Its tables, and by what each is spread over a cluster. */
export const notificationTables: readonly Spread[] = [
  { table: 'alerts', by: undefined },
  { table: 'notifications', by: undefined },
  { table: 'notification_turns', by: undefined },
];

const ROWS_A_STEP = 1000;
const KEPT_SECONDS = 7 * 86_400;
const ANSWER_TIMEOUT_MS = 10_000;
// What is told is looked at again for so long, as reports come late and their gaps have to pass; see MAX_DELAY_SECONDS.
const LATE_SECONDS = 60;

/** What may be asked of what was told. */
export const notificationsQuery = z.object({
  status: oneOf('waiting', 'sent', 'failed').optional().describe('Only these.'),
  limit: wholeNumber(1, 1000).default(100).describe('Most notifications of the page.'),
  cursor: cursor(notificationCursor).optional().describe('The next_cursor of the page before.'),
});

/** `GET /notifications`, and telling: to whom NOTIFY_URLS says, of what the rules say. */
export function openNotifications(
  pipeline: Pipeline<NotificationsConfig & { readonly MAX_DELAY_SECONDS: number }>,
  sources: Sources,
): Feature {
  const { now } = pipeline;
  return {
    routes: {
      add(router) {
        router.get('/notifications', getNotifications(pipeline));
      },
    },
    chores: (['notifications', 'alerts'] as const).map((table) => ({
      name: `delete old ${table}`,
      run: (client) => {
        const cutoff = cutoffOf(pipeline.config, now() - KEPT_SECONDS);
        const deleteOld = table === 'alerts' ? deleteOldAlerts : deleteOldNotifications;
        return archiving(pipeline.config, { table, cutoff }, (archived) =>
          deleteOld(client, cutoff, ROWS_A_STEP, archived),
        );
      },
    })),
    ...(pipeline.config.NOTIFY_URLS.length > 0 && openTelling(pipeline, sources)),
  };
}

/** Returns the handler of `GET /notifications`: what was, is and will be sent, newest first. */
function getNotifications({
  database,
  config,
}: Pipeline<NotificationsConfig>): (context: Context) => Promise<void> {
  const stateOf = async ({ name, kind }: { readonly name: string; readonly kind: string }) => {
    const oldest = await nextFor(database, name);
    const waiting_since = oldest?.createdAt ?? null;
    return { name, kind, waiting_since, outcome: oldest?.outcome ?? null };
  };
  return async (context) => {
    const { status, limit, cursor: before } = readQuery(notificationsQuery, context.querystring);
    // One more than asked for shows whether there is another page.
    const found = await newestNotifications(database, before, status, limit + 1);
    const receivers = await Promise.all(config.NOTIFY_URLS.map(stateOf));
    const notifications = found.slice(0, limit);
    const next = notificationCursor.json(found.length > limit ? notifications.at(-1)?.number : undefined);
    const listed = JSON.stringify(notifications.map(notificationJson));
    answerJson(
      context,
      `{"receivers":${JSON.stringify(receivers)},"notifications":${listed},"next_cursor":${next}}`,
    );
  };
}

function notificationJson(notification: Notification): object {
  const { receiver, tries, nextTryAt, sentAt, outcome } = notification;
  const status = sentAt !== null ? 'sent' : nextTryAt === null ? 'failed' : 'waiting';
  return {
    ...plain(notification),
    receiver,
    status,
    tries,
    next_try_at: nextTryAt,
    sent_at: sentAt,
    outcome,
  };
}

/** What tells, while this process is on duty. */
function openTelling(
  pipeline: Pipeline<NotificationsConfig & { readonly MAX_DELAY_SECONDS: number }>,
  sources: Sources,
): Required<Pick<Feature, 'start' | 'stop'>> {
  const { config, connectionString, writes, logger, now } = pipeline;
  const { NOTIFY_URLS: receivers, NOTIFY_RULES_FILE: rules, NOTIFY_SECRET: secret } = config;
  let working: readonly { stop(): Promise<void> }[] = [];
  let ending: Promise<unknown> = Promise.resolve();
  let isStopping = false;
  const begin = () => {
    if (isStopping || working.length > 0) return;
    const couriers = receivers.map(
      (receiver) =>
        new Courier({
          receiver: receiver.name,
          next: () => nextFor(writes, receiver.name),
          send: (notification, stop) =>
            post(messageFor(receiver, notification, secret), ANSWER_TIMEOUT_MS, stop),
          store: (id, tried) => storeTry(writes, id, tried),
          now,
          logger,
        }),
    );
    const turns = new Turns({
      sources,
      rules,
      receivers: receivers.map(({ name }) => name),
      database: writes,
      lateSeconds: config.MAX_DELAY_SECONDS + LATE_SECONDS,
      now,
      onTold: () => couriers.forEach((courier) => courier.wake()),
      logger,
    });
    working = [turns, ...couriers];
  };
  const end = () => {
    const stopped = working.map((each) => each.stop());
    working = [];
    ending = Promise.all([ending, ...stopped]);
  };
  const duty = new Duty(notificationLock, connectionString, {
    begin() {
      logger.info({ receivers: receivers.length, rules: rules.length }, 'notifications begin');
      begin();
    },
    doubt(error) {
      // Nothing can be read or stored meanwhile, and another one may be on duty.
      logger.warn({ error }, 'notifications in doubt');
      end();
    },
    resume: begin,
    end() {
      logger.info('notifications end: another process tells');
      end();
    },
  });
  return {
    start: () => duty.start(),
    async stop() {
      isStopping = true;
      end();
      await Promise.all([ending, duty.stop()]);
    },
  };
}
