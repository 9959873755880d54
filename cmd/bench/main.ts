// Measures Minikom side by side with its yardsticks. See scripts/bench.sh.
import { nameOf, runBench } from '../../internal/bench/bench.ts';
import { parseRows, usage } from '../../internal/bench/options.ts';
import { runProgram } from '../../internal/program/program.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);
await runProgram('bench', usage, parseRows(process.argv.slice(2)), async ({ rows, isList, ...options }) => {
  if (isList) rows.forEach((row) => print(nameOf(row)));
  else await runBench(rows, options, print);
  return 0;
});
