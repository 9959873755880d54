import { computed, signal } from '@preact/signals';

import { serviceUrl } from '../data/service-url.ts';
import { findOutWhetherTokenIsNeeded } from '../data/session.ts';
import { redrawWith } from '../parts/redraw.ts';
import { LiveConnection } from './connection.ts';
import { freshnessOf } from './freshness.ts';
import { PlainItems } from './plain-items.ts';
import { ServicesItems } from './services-items.ts';
import { ShardHistory } from './shard-history.ts';
import type { CheckedTarget, MuteNow, ShardNow, WorkerNow } from './topics.ts';

/** All that the service tells through `GET /live`. Read them after {@link told}, which says when they changed. */
export const services = new ServicesItems();
export const checks = new PlainItems<CheckedTarget>();
export const mutes = new PlainItems<MuteNow>();
export const workers = new PlainItems<WorkerNow>();
export const shards = new PlainItems<ShardNow>();
export const shardHistory = new ShardHistory();

/** Counts what was told, at most once a frame: items themselves are no signals, as thousands change at once. */
export const told = signal(0);
/** Ticks once a second, for what changes with time alone. */
export const tick = signal(0);

let frame: number | undefined;

const connection = new LiveConnection({
  url: serviceUrl('/live').replace(/^http/, 'ws'),
  topics: { services, checks, mutes, workers, shards },
  onNews: () => {
    shardHistory.record(connection.heard.now, shards.items.values());
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      told.value++;
    });
  },
  onRefused: () => void findOutWhetherTokenIsNeeded(),
});

setInterval(() => tick.value++, 1000);
// A page in the background is throttled; once it is seen again it should not look lost for long.
document.addEventListener('visibilitychange', () => {
  tick.value++;
});

/** Connects anew at once, as with a session that has begun. */
export function reconnect(): void {
  connection.connect();
}

/** How far what is shown can be trusted. */
export const freshness = computed(() => {
  redrawWith(told, tick);
  return freshnessOf(connection.heard, performance.now());
});

/** Whether the service has told anything yet. Until then nothing is known, which is not the same as nothing being there. */
export const isAnythingKnown = computed(() => {
  redrawWith(told, tick);
  return connection.heard.lastMessageMs !== undefined;
});

/** The second of {@link knownNow}: for what is told in seconds, which need not be drawn anew with each message. */
export const knownSecond = computed(() => {
  redrawWith(told, tick);
  return Math.floor(knownNow());
});

/** Rises when mutes begin or end. */
export const mutesVersion = computed(() => {
  redrawWith(told);
  return mutes.version;
});

/**
 * The present by the service's clock in unix seconds, as far as anything is known of it: while the connection is lost
 * or the data is old it stands still, so that nothing seems to go on.
 */
export function knownNow(): number {
  const { now, readAt, lastMessageMs } = connection.heard;
  if (lastMessageMs === undefined) return Date.now() / 1000;
  if (freshness.peek() !== 'live') return readAt;
  return now + (performance.now() - lastMessageMs) / 1000;
}
