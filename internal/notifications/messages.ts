import { createHmac } from 'node:crypto';

import type { Receiver } from './config.ts';
import type { Notification } from './queries.ts';

/** A request as it is sent. */
export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

// Nobody but Minikom says that such an alert ends, so that Alertmanager must not guess it.
const NO_END_SECONDS = 366 * 86_400;
// As Prometheus does: an alert outlives some repetitions that got lost.
const REPETITIONS = 4;

/** What a receiver is sent; with a secret it is signed. The same notification is the same message, on whatever try. */
export function messageFor(
  { kind, url }: Receiver,
  notification: Notification,
  secret: string | undefined,
): Message {
  const body = JSON.stringify(
    kind === 'slack'
      ? { text: inSlackWords(notification) }
      : kind === 'alertmanager'
        ? [alertOf(notification)]
        : plain(notification),
  );
  return {
    url: kind === 'alertmanager' ? alertsUrl(url) : url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Minikom notifications',
      'x-minikom-delivery': notification.id,
      ...(secret !== undefined && {
        'x-minikom-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      }),
    },
    body,
  };
}

/** What is told, without what became of it. */
export function plain({
  id,
  kind,
  rule,
  serviceName,
  state,
  since,
  endedAt,
  createdAt,
}: Notification): object {
  return { id, kind, rule, service: serviceName, state, since, ended_at: endedAt, at: createdAt };
}

/** What is told, in words. */
function inWords({ serviceName, state, kind, since, endedAt, createdAt }: Notification): string {
  const what = state === 'silent' ? 'silent' : `in ${state}`;
  const lasted = durationOf((endedAt ?? createdAt) - since);
  if (kind === 'ended') return `${serviceName} is not ${what} any more, after ${lasted}`;
  return `${serviceName} is ${kind === 'again' ? 'still ' : ''}${what}, for ${lasted}`;
}

function inSlackWords(notification: Notification): string {
  const mark = notification.kind === 'ended' ? '\u2713' : '\u25b2';
  // What Slack reads as markup; see its "Escaping text".
  const text = inWords(notification).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `${mark} ${text}`;
}

function alertOf(notification: Notification): object {
  const { rule, serviceName, state, since, endedAt, createdAt, againSeconds } = notification;
  const lasts = againSeconds === null ? NO_END_SECONDS : REPETITIONS * againSeconds;
  return {
    labels: { alertname: 'Minikom', rule, service: serviceName, state },
    annotations: { summary: inWords(notification) },
    startsAt: rfc3339(since),
    endsAt: rfc3339(endedAt ?? createdAt + lasts),
  };
}

function alertsUrl(url: string): string {
  const parsed = new URL(url);
  const path = parsed.pathname.replace(/\/$/, '');
  if (!path.endsWith('/api/v2/alerts')) parsed.pathname = `${path}/api/v2/alerts`;
  return parsed.href;
}

function rfc3339(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

function durationOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}
