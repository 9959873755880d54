import { parentPort, workerData } from 'node:worker_threads';

import { modeNamed } from './modes/modes.ts';
import { requestChunks, type RequestChunk, type RequestOptions } from './request-chunks.ts';

/**
 * The thread that builds requests. To each message, whatever it says, it answers with one {@link RequestChunk}, or
 * with {@link NoMoreRequests}: so it is never further ahead than it was asked to be.
 */
export type NoMoreRequests = null;

const options = workerData as RequestOptions;
const mode = modeNamed(options.plan.mode);
if (mode === undefined) throw new Error(`there is no mode ${options.plan.mode}`);
const chunks = requestChunks(mode, options);

parentPort?.on('message', () => {
  const { value } = chunks.next();
  const reply: RequestChunk | NoMoreRequests = value ?? null;
  parentPort?.postMessage(reply, reply === null ? [] : [reply.bytes.buffer]);
});
