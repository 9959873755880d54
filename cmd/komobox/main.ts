// Komobox: reports made-up states of services to Minikom. See --help.
import { randomInt } from 'node:crypto';

import { runAgent } from '../../internal/agent/agent.ts';
import { parseFlags, usage } from '../../internal/agent/flags.ts';
import { runProgram } from '../../internal/program/program.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';

await runProgram('komobox', usage, parseFlags(process.argv.slice(2), process.env), async (options, stop) => {
  const logger = createLogger('info');
  stop.addEventListener('abort', () => logger.info('stopping'));
  const stats = await runAgent(
    { ...options, seed: options.seed ?? randomInt(2 ** 32) },
    {
      clock: () => Date.now(),
      stopwatch: () => performance.now(),
      random: () => Math.random(),
      logger,
      stop,
    },
  );
  logger.info(stats, 'final stats');
  const isEveryReportAccepted = stats.refused + stats.dropped + stats.waiting === 0;
  return stop.aborted || isEveryReportAccepted ? 0 : 1;
});
