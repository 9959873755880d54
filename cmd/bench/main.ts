// Measures Minikom side by side with its yardsticks. See scripts/bench.sh.
import { parseArgs } from 'node:util';

import { nameOf, rowsNamed, runBench } from '../../internal/bench/bench.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const rows = rowsNamed(values.only);
const print = (line: string) => void process.stdout.write(`${line}\n`);
if (values.list) rows.forEach((row) => print(nameOf(row)));
else await runBench(rows, { rounds: Number(values.rounds), seconds: Number(values.seconds) }, print);
