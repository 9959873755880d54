import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { formatRow, type Row } from './row.ts';
import { bulkRows } from './rows-bulk.ts';
import { payloadRows } from './rows-payload.ts';
import { processRows } from './rows-process.ts';
import { readRows } from './rows-read.ts';
import { singleRows } from './rows-single.ts';

const allRows: readonly Row[] = [...singleRows, ...bulkRows, ...payloadRows, ...readRows, ...processRows];

/** Measures side by side and prints the rows of docs/performance.md as a Markdown table. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '6' },
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
    },
  });
  const rows = allRows.filter(({ work, against }) => `${work}, ${against}`.includes(values.only));
  if (values.list) {
    for (const { work, against } of rows) console.log(`${work}, ${against}`);
    return;
  }
  const options = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores, ${options.rounds} rounds after a warm-up\n`,
  );
  console.log('| work | against | ours | theirs | ratio, median (min–max) | aim |');
  console.log('|---|---|---|---|---|---|');
  for (const row of rows) console.log(formatRow(row, await row.measure(options)));
}

await main();
