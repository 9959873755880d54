import type { Sink } from '../../shards/worker.ts';
import { addPending, chooseSlot } from '../settling/pending.ts';
import { REPORT_SINK, type ReportColumns } from './batches.ts';
import { LAYOUT, toLayout1 } from './report-rows.ts';

/** Stores batches of reports as they are, each in one row. They are a set: storing one again changes no answer. */
export function reportSink(): Sink<ReportColumns> {
  const slot = chooseSlot();
  return {
    name: REPORT_SINK,
    singleStatement: true,
    write: (client, columns) => addPending(client, slot, columns.rows, storedBytes(columns)),
  };
}

/** The layout's number and the rows, as they are stored. */
export function storedBytes({ bytes, length, layout }: ReportColumns): Buffer {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  // Only while an earlier version of the program is there, too.
  const inLayout =
    layout === LAYOUT ? stored : Buffer.concat([stored.subarray(0, 1), toLayout1(stored.subarray(1))]);
  inLayout[0] = layout;
  return inLayout;
}
