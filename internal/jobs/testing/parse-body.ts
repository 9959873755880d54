import { Problem } from '../../frontdoor/problem.ts';
import type { QueuedPayload } from '../batches.ts';
import { payloadParser, type Payload } from '../parse-payload.ts';
import { START_MS } from './payload-body.ts';

/** Parses a body given as bytes, text, or a value that is sent as JSON; throws what the parser throws. */
export function parseGood(body: unknown, maxMessages = 1000): Payload {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return payloadParser.parse(bytes, { maxMessages });
}

/** The same, where something should be wrong. */
export function parseBad(body: unknown, maxMessages = 1000): Problem {
  try {
    parseGood(body, maxMessages);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** A payload as the front door queues it. */
export function queued(body: unknown, seenMs = START_MS): QueuedPayload {
  return { ...parseGood(body), seenMs };
}
