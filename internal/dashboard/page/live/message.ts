/** A message of `GET /live`, see docs/live.md: for each topic, pairs of a key and its item (null: gone). */
export interface LiveMessage {
  readonly type: 'snapshot' | 'change';
  readonly number: number;
  readonly now: number;
  readonly readAt: number;
  readonly topics: Readonly<Record<string, readonly (readonly [key: string, item: unknown])[]>>;
}

/** Reads a message; throws for what is none. Its items are left to those who know the topic. */
export function parseMessage(text: string): LiveMessage {
  const value = JSON.parse(text) as Partial<Record<string, unknown>> | null;
  if (
    value === null ||
    (value.type !== 'snapshot' && value.type !== 'change') ||
    typeof value.number !== 'number' ||
    typeof value.now !== 'number' ||
    typeof value.read_at !== 'number' ||
    typeof value.topics !== 'object'
  ) {
    throw new Error('this is not a message of /live');
  }
  return {
    type: value.type,
    number: value.number,
    now: value.now,
    readAt: value.read_at,
    topics: value.topics as LiveMessage['topics'],
  };
}
