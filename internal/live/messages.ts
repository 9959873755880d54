import type { Change } from './watched-topic.ts';

/** What all messages of `GET /live` say; docs/live.md describes them. Times are unix seconds with a fraction. */
export interface MessageHead {
  readonly number: number;
  readonly now: number;
  /** When all that was told was last known to be true. */
  readonly readAt: number;
}

/** The items of each topic, by its name. */
export type TopicItems = readonly (readonly [topic: string, items: Iterable<Change>])[];

/** A message as the bytes of its JSON text, to be sent to any number of clients. */
export function toMessage(type: 'snapshot' | 'change', head: MessageHead, topics: TopicItems): Buffer {
  const members = topics.map(([topic, items]) => `${JSON.stringify(topic)}:[${pairs(items)}]`);
  return Buffer.from(
    `{"type":"${type}","number":${head.number},"now":${head.now},"read_at":${head.readAt},` +
      `"topics":{${members.join(',')}}}`,
  );
}

function pairs(items: Iterable<Change>): string {
  // Items are JSON already: written by hand, they are not parsed and written once more.
  return Array.from(items, ([key, item]) => `[${JSON.stringify(key)},${item ?? 'null'}]`).join(',');
}
