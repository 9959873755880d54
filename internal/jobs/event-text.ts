import type { StoredEvent } from './event-pages.ts';

type Pages = AsyncIterable<readonly StoredEvent[]>;

/** How the events of a run are written. */
export interface EventFormat {
  readonly type: string;
  /** The text of all pages, a piece for each. */
  write(pages: Pages): AsyncGenerator<string, void, undefined>;
}

/** `{"events":[{generated_at, message_type, content}]}` */
export const asJson: EventFormat = {
  type: 'application/json; charset=utf-8',
  async *write(pages) {
    let separator = '{"events":[';
    for await (const page of pages) {
      yield separator + page.map(toJson).join(',');
      separator = ',';
    }
    yield separator === ',' ? ']}' : '{"events":[]}';
  },
};

/** The Spark events themselves, one per line. */
export const asLines: EventFormat = {
  type: 'application/x-ndjson; charset=utf-8',
  async *write(pages) {
    for await (const page of pages) yield page.map(toLine).join('');
  },
};

function toJson({ generatedMs, content }: StoredEvent): string {
  return `{"generated_at":${generatedMs},"message_type":"spark-event","content":${JSON.stringify(content)}}`;
}

/** Line breaks in JSON stand between its tokens only, where a blank means the same. */
function toLine({ content }: StoredEvent): string {
  return `${content.replace(/[\r\n]+/g, ' ')}\n`;
}
