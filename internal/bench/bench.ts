import { cpus } from 'node:os';

import { formatRow, type BenchOptions, type Row } from './row.ts';
import { bulkRows } from './rows-bulk.ts';
import { growthRows } from './rows-growth.ts';
import { holdRows } from './rows-hold.ts';
import { payloadRows } from './rows-payload.ts';
import { processRows } from './rows-process.ts';
import { readRows } from './rows-read.ts';
import { singleRows } from './rows-single.ts';

const allRows: readonly Row[] = [
  ...singleRows,
  ...bulkRows,
  ...payloadRows,
  ...readRows,
  ...processRows,
  ...holdRows,
  ...growthRows,
];

/** The rows of docs/performance.md whose name contains `text`. */
export function rowsNamed(text: string): readonly Row[] {
  return allRows.filter((row) => nameOf(row).includes(text));
}

/** What a row is called on the command line. */
export function nameOf({ work, against }: Row): string {
  return `${work}, ${against}`;
}

/** Measures side by side, row by row, and prints them as a Markdown table. */
export async function runBench(
  rows: readonly Row[],
  options: BenchOptions,
  print: (line: string) => void,
): Promise<void> {
  print(`Node.js ${process.version}, ${cpus().length} cores, ${options.rounds} rounds after a warm-up\n`);
  print('| work | against | ours | theirs | ratio, median (min–max) | aim |');
  print('|---|---|---|---|---|---|');
  for (const row of rows) print(formatRow(row, await row.measure(options)));
}
