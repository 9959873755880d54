import type { FieldError } from '../frontdoor/problem.ts';
import { isMilliseconds, mergeTimes, noTimes, timesOf, type ApplicationTimes } from './application-times.ts';
import type { EventRow } from './rows.ts';
import { escapeLoneSurrogates, parseSparkEvent } from './spark-event.ts';

/** Goes through the messages of one payload and keeps its Spark events, or the faults. */
export class MessageReader {
  readonly events: EventRow[] = [];
  readonly faults: FieldError[] = [];
  times: ApplicationTimes = noTimes;

  read(message: unknown, index: number): void {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.#refuse(index, '', 'must be a JSON object');
      return;
    }
    const { message_type: type, content, generated_at: generatedAt }: MessageFields = message;
    if (!isMilliseconds(generatedAt)) {
      this.#refuse(index, 'generated_at', 'must be a number of milliseconds since 1970');
    }
    if (type === 'spark-event') this.#readSparkEvent(index, content, generatedAt);
    else if (type !== 'heartbeat')
      this.#refuse(index, 'message_type', 'must be "spark-event" or "heartbeat"');
    // Nobody looks into a heartbeat, so it may have no content.
    else if (content !== undefined && typeof content !== 'string')
      this.#refuse(index, 'content', 'must be a string');
  }

  #readSparkEvent(index: number, content: unknown, generatedAt: unknown): void {
    if (typeof content !== 'string') {
      this.#refuse(index, 'content', 'must be a string');
      return;
    }
    const event = parseSparkEvent(content);
    if (typeof event === 'string') this.#refuse(index, 'content', event);
    else if (isMilliseconds(generatedAt)) {
      const generatedMs = generatedAt + 0; // Without the sign of -0.
      this.events.push({ generatedMs, messageIndex: index, content: escapeLoneSurrogates(content) });
      this.times = mergeTimes(this.times, timesOf(event));
    }
  }

  #refuse(index: number, field: string, message: string): void {
    this.faults.push({ index, field, message });
  }
}

interface MessageFields {
  readonly message_type?: unknown;
  readonly content?: unknown;
  readonly generated_at?: unknown;
}
