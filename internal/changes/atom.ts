import { createHash } from 'node:crypto';

import { placeOf, type Change } from './change.ts';

const words: Readonly<Record<Change['kind'], Readonly<Record<Change['change'], string>>>> = {
  issue: { began: 'is in issue', ended: 'is not in issue any more', recorded: 'is in issue' },
  check: { began: 'fails its check', ended: 'passes its check again', recorded: 'was checked' },
  deployment: { began: 'is being deployed', ended: 'was deployed', recorded: 'was deployed' },
  job: { began: 'runs', ended: 'has ended', recorded: 'ran' },
  mute: { began: 'is muted', ended: 'is not muted any more', recorded: 'was muted' },
};

/** A change in words. */
export function titleOf({ kind, change, service, details }: Change): string {
  const { environment, state, by, note } = details;
  if (kind === 'deployment') return `${service} in ${environment ?? ''}: ${state ?? ''}`;
  if (kind === 'mute' && change === 'began') {
    return `${service} is muted by ${by ?? ''}${note === '' ? '' : `: ${note ?? ''}`}`;
  }
  return `${service} ${words[kind][change]}`;
}

/** Where a feed is: which one it is by what it tells, its own URL, and that of the older changes, if there are. */
export interface FeedLinks {
  readonly id: string;
  readonly self: string;
  readonly next: string | undefined;
}

/** The changes as an Atom feed (RFC 4287), newest first. */
export function atomOf(
  changes: readonly Change[],
  { id: feedId, self, next }: FeedLinks,
  nowSeconds: number,
): string {
  const updated = iso(changes[0]?.at ?? nowSeconds);
  const entries = changes.map((change) => {
    const { second, nanosecond, key } = placeOf(change);
    // The same for the same change, whoever writes the feed.
    const id = createHash('sha256').update(`${second}.${nanosecond} ${key}`).digest('hex').slice(0, 32);
    return (
      `<entry><id>urn:minikom:change:${id}</id><title>${xml(titleOf(change))}</title>` +
      `<updated>${iso(change.at)}</updated><category term="${change.kind}"/>` +
      `<content type="text">${xml(JSON.stringify(change.details))}</content></entry>\n`
    );
  });
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">` +
    `<id>${xml(feedId)}</id><title>Minikom: what happened</title><author><name>Minikom</name></author>` +
    `<link rel="self" href="${xml(self)}"/>` +
    (next === undefined ? '' : `<link rel="next" href="${xml(next)}"/>`) +
    `<updated>${updated}</updated>\n${entries.join('')}</feed>\n`
  );
}

function iso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}
