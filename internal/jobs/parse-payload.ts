import { createHash } from 'node:crypto';

import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, MAX_LISTED_ERRORS, Problem, type FieldError } from '../frontdoor/problem.ts';
import type { BodyParser } from '../parsing/body-parser.ts';
import { parseJson } from '../parsing/parse-json.ts';
import { MessageReader } from './message.ts';
import type { Payload } from './payload.ts';
import { encodeRows } from './rows.ts';

/** Plain data: it crosses threads. */
export interface PayloadOptions {
  readonly maxMessages: number;
}

/** The body of `POST /collect`: all of it is good, or all of it is refused. */
export const payloadParser: BodyParser<PayloadOptions, Payload> = {
  name: 'job payload',
  parse(body, { maxMessages }) {
    const { job_name, run_id, counters, messages } = asFields(parseJson(body));
    const payloadCounter = counterOf(counters);
    const faults = [
      ...faultOf('job_name', nameFault(job_name)),
      ...faultOf('run_id', nameFault(run_id)),
      ...(payloadCounter === undefined ? [COUNTER_FAULT] : []),
      ...faultOf('messages', Array.isArray(messages) ? undefined : 'must be an array'),
    ];
    const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
    if (list.length > maxMessages) {
      throw new Problem(413, 'too-large', `The payload has more than ${maxMessages} messages.`);
    }
    const reader = readMessages(list, faults.length);
    faults.push(...reader.faults);
    if (
      faults.length > 0 ||
      payloadCounter === undefined ||
      typeof job_name !== 'string' ||
      typeof run_id !== 'string'
    ) {
      throw invalidRequest(faults);
    }
    const rows = encodeRows(job_name, run_id, reader.events);
    return {
      jobName: job_name,
      runId: run_id,
      payloadCounter,
      messages: list.length,
      events: reader.events.length,
      rows,
      digest: createHash('sha256').update(rows).digest('hex'),
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
  message:
    'must be a whole number from 0 on: without it a payload that comes again cannot be told from a new one',
};

function counterOf(counters: unknown): number | undefined {
  if (typeof counters !== 'object' || counters === null) return undefined;
  const { payload_counter: counter }: { payload_counter?: unknown } = counters;
  return typeof counter === 'number' && Number.isSafeInteger(counter) && counter >= 0
    ? counter + 0
    : undefined;
}

function faultOf(field: string, message: string | undefined): FieldError[] {
  return message === undefined ? [] : [{ field, message }];
}
