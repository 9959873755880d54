// Fantastic: a target for health checks that fails now and then. See --help.
import { randomInt } from 'node:crypto';

import { parseFlags, usage } from '../../internal/fantastic/flags.ts';
import { startTarget } from '../../internal/fantastic/server.ts';
import { runProgram } from '../../internal/program/program.ts';
import { randomOf } from '../../internal/program/random.ts';

await runProgram('fantastic', usage, parseFlags(process.argv.slice(2)), async (options, stop) => {
  const target = await startTarget(options, randomOf(options.seed ?? randomInt(2 ** 32)));
  stop.addEventListener('abort', () => void target.stop());
  process.stdout.write(`fantastic at ${target.url}\n`);
  return 0;
});
