import type { ApplicationTimes } from './application-times.ts';

/** What one body of `POST /collect` says. Plain data: it crosses threads. */
export interface Payload {
  readonly jobName: string;
  readonly runId: string;
  /** With job and run the payload's identity. */
  readonly payloadCounter: number;
  /** Spark events and heartbeats. */
  readonly messages: number;
  /** Spark events. */
  readonly events: number;
  /** The Spark events in the format of binary COPY, without header and trailer: see rows.ts. */
  readonly rows: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the rows, in hexadecimal: tells a payload that comes again from another one with the same counter. */
  readonly digest: string;
  readonly times: ApplicationTimes;
}
