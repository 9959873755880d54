import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, MAX_LISTED_ERRORS, Problem, type FieldError } from '../frontdoor/problem.ts';
import { jsonBoundsFault, MAX_NESTING, parseJson } from '../parsing/json.ts';
import type { BodyParser } from '../parsing/parser-thread.ts';
import { encodeRows, type SparkEventText } from './rows.ts';
import {
  isMilliseconds,
  mergeTimes,
  noTimes,
  timesOf,
  type ApplicationTimes,
  type SparkEvent,
} from './run-state.ts';

/** Plain data: it crosses threads. */
export interface PayloadOptions {
  readonly maxMessages: number;
}

/** The body of `POST /collect`: all of it is good, or all of it is refused. */
export const payloadParser: BodyParser<PayloadOptions, Payload> = {
  name: 'job payload',
  parse(body, { maxMessages }) {
    const { job_name, run_id, counters, messages } = asFields(parseJson(body));
    const faults = [
      ...faultOf('job_name', nameFault(job_name)),
      ...faultOf('run_id', nameFault(run_id)),
      ...(hasCounter(counters) ? [] : [COUNTER_FAULT]),
      ...faultOf('messages', Array.isArray(messages) ? undefined : 'must be an array'),
    ];
    const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
    if (list.length > maxMessages) {
      throw new Problem(413, 'too-large', `The payload has more than ${maxMessages} messages.`);
    }
    const reader = readMessages(list, faults.length);
    faults.push(...reader.faults);
    if (faults.length > 0 || typeof job_name !== 'string' || typeof run_id !== 'string') {
      throw invalidRequest(faults);
    }
    return {
      jobName: job_name,
      runId: run_id,
      messages: list.length,
      events: reader.events.length,
      rows: encodeRows(job_name, run_id, reader.events),
      times: reader.times,
    };
  },
  buffersOf: ({ rows }) => [rows.buffer],
};

interface PayloadFields {
  readonly job_name?: unknown;
  readonly run_id?: unknown;
  readonly counters?: unknown;
  readonly messages?: unknown;
}

function asFields(value: unknown): PayloadFields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidRequest([{ field: '', message: 'must be a JSON object' }]);
}

/** Stops where enough is known to refuse the body. */
function readMessages(messages: readonly unknown[], faultsBefore: number): MessageReader {
  const reader = new MessageReader();
  for (const [index, message] of messages.entries()) {
    if (faultsBefore + reader.faults.length >= MAX_LISTED_ERRORS) break;
    reader.read(message, index);
  }
  return reader;
}

const COUNTER_FAULT: FieldError = {
  field: 'counters.payload_counter',
  message: 'must be a whole number from 0 on',
};

/** Belongs to what a listener sends, but says nothing: it may begin anew, or stand for more than it did before. */
function hasCounter(counters: unknown): boolean {
  if (typeof counters !== 'object' || counters === null) return false;
  const { payload_counter: counter }: { payload_counter?: unknown } = counters;
  return typeof counter === 'number' && Number.isSafeInteger(counter) && counter >= 0;
}

function faultOf(field: string, message: string | undefined): FieldError[] {
  return message === undefined ? [] : [{ field, message }];
}

/** What one body of `POST /collect` says. Plain data: it crosses threads. */
export interface Payload {
  readonly jobName: string;
  readonly runId: string;
  /** Spark events and heartbeats. */
  readonly messages: number;
  /** Spark events. */
  readonly events: number;
  /** The Spark events in the format of binary COPY, without header and trailer: see rows.ts. */
  readonly rows: Uint8Array<ArrayBuffer>;
  readonly times: ApplicationTimes;
}

/** Goes through the messages of one payload and keeps its Spark events, or the faults. */
class MessageReader {
  readonly events: SparkEventText[] = [];
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
      this.events.push({ generatedMs, content: escapeLoneSurrogates(content) });
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

const NO_OBJECT = 'must be the text of a JSON object';

/** The Spark event that `content` is the text of, or what is wrong with it. */
function parseSparkEvent(content: string): SparkEvent | string {
  // What is shorter can be neither deep nor many.
  const fault = content.length > MAX_NESTING ? jsonBoundsFault(Buffer.from(content)) : undefined;
  if (fault !== undefined) return fault;
  try {
    const event: unknown = JSON.parse(content);
    return typeof event === 'object' && event !== null && !Array.isArray(event) ? event : NO_OBJECT;
  } catch {
    return NO_OBJECT;
  }
}

/**
 * The text as UTF-8 can hold it. A lone surrogate has no bytes in UTF-8, and in the text of valid JSON it stands inside
 * a string, where its escape means the same.
 */
function escapeLoneSurrogates(json: string): string {
  if (json.isWellFormed()) return json;
  return json.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
