import { z } from 'zod';

import type { ChangedKeys } from '../pipeline/topic.ts';

/** What replicas tell each other: items of a topic that may have changed. */
export interface Announcement {
  readonly topic: string;
  readonly keys: ChangedKeys;
}

// PostgreSQL takes less than 8,000 bytes in a notification.
const MAX_PAYLOAD_BYTES = 7900;
// A notification costs every listener; from so many on, reading all is cheaper than naming each.
const MAX_PAYLOADS = 20;

const payload = z.strictObject({
  topic: z.string(),
  keys: z.union([z.literal('all'), z.array(z.string())]),
});

/** The announcement as payloads of notifications, of which there are few: too many keys become 'all'. */
export function toPayloads({ topic, keys }: Announcement): string[] {
  if (keys === 'all') return [JSON.stringify({ topic, keys })];
  const frame = Buffer.byteLength(JSON.stringify({ topic, keys: [] }));
  const payloads: string[] = [];
  let part: string[] = [];
  let bytes = frame;
  for (const key of keys) {
    const keyBytes = Buffer.byteLength(JSON.stringify(key)) + 1;
    if (bytes + keyBytes > MAX_PAYLOAD_BYTES && part.length > 0) {
      payloads.push(JSON.stringify({ topic, keys: part }));
      if (payloads.length === MAX_PAYLOADS) return toPayloads({ topic, keys: 'all' });
      part = [];
      bytes = frame;
    }
    part.push(key);
    bytes += keyBytes;
  }
  if (part.length > 0) payloads.push(JSON.stringify({ topic, keys: part }));
  return payloads;
}

/** The announcement of a payload; throws for what is none. */
export function fromPayload(text: string): Announcement {
  const { topic, keys } = payload.parse(JSON.parse(text));
  return { topic, keys: keys === 'all' ? keys : new Set(keys) };
}
