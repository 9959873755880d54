// Breaks Minikom and its database, and looks whether anything is lost. See scripts/chaos.sh and docs/reliability.md.
import { randomInt } from 'node:crypto';

import { parseOptions, usage } from '../../internal/chaos/options.ts';
import { runFaults } from '../../internal/chaos/run.ts';
import { faultList, outcomeLines, titleLine } from '../../internal/chaos/table.ts';
import { runProgram } from '../../internal/program/program.ts';

const asked = parseOptions(process.argv.slice(2), randomInt(2 ** 32));
const print = (line: string) => void process.stdout.write(`${line}\n`);
await runProgram('chaos', usage, asked, async (options, stop) => {
  if (options.isList) {
    print(faultList(options.faults));
    return 0;
  }
  print(`seed ${options.seed}\n${titleLine()}`);
  const isWell = await runFaults(options.faults, { ...options, stop }, (outcome) =>
    print(outcomeLines(outcome)),
  );
  return isWell ? 0 : 1;
});
