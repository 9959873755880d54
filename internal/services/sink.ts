import type { Sink } from '../shards/worker.ts';
import { reportBatches, type ReportColumns } from './columns.ts';
import { addPending } from './pending.ts';

/** Stores a batch of reports as it is, in one row. They are a set: storing them again changes no answer. */
export const reportSink: Sink<ReportColumns> = {
  name: reportBatches.sink,
  singleStatement: true,
  write: (client, { bytes, length }) =>
    addPending(client, Buffer.from(bytes.buffer, bytes.byteOffset, length)),
};
