// Sends load to Minikom, measures it and verifies what came of it. See --help and docs/loadtest.md.
import { randomInt } from 'node:crypto';

import { realClock } from '../../internal/loadtest/clock.ts';
import { runLoadTest } from '../../internal/loadtest/load-test.ts';
import { parseOptions, usage } from '../../internal/loadtest/options.ts';
import { exitStatusOf, resultTable } from '../../internal/loadtest/result.ts';
import { runProgram } from '../../internal/program/program.ts';

const asked = parseOptions(process.argv.slice(2), {
  environment: process.env,
  nowSeconds: Date.now() / 1000,
  seed: randomInt(2 ** 32),
});
await runProgram('loadtest', usage, asked, async (options, stop) => {
  const result = await runLoadTest(options, {
    clock: realClock,
    now: () => Date.now() / 1000,
    random: () => Math.random(),
    screen: process.stderr,
    stop,
  });
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : resultTable(result));
  return exitStatusOf(result);
});
