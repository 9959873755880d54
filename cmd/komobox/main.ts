// Komobox: reports made-up states of services to Minikom. See --help.
import { randomInt } from 'node:crypto';
import { runAgent } from '../../internal/agent/agent.ts';
import { parseFlags, usage } from '../../internal/agent/flags.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';

const parsed = parseFlags(process.argv.slice(2), process.env);
switch (parsed.kind) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'bad':
    process.stderr.write(`komobox: ${parsed.problems.join('; ')}\n`);
    process.exitCode = 2;
    break;
  case 'run': {
    const { options } = parsed;
    const logger = createLogger('info');
    const stop = new AbortController();
    const onSignal = (): void => {
      if (stop.signal.aborted) process.exit(1);
      logger.info('stopping');
      stop.abort();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);

    const stats = await runAgent(
      { ...options, seed: options.seed ?? randomInt(2 ** 32) },
      {
        clock: () => Date.now(),
        stopwatch: () => performance.now(),
        random: () => Math.random(),
        logger,
        stop: stop.signal,
      },
    );
    logger.info(stats, 'final stats');
    const isEveryReportAccepted = stats.refused + stats.dropped + stats.waiting === 0;
    process.exitCode = stop.signal.aborted || isEveryReportAccepted ? 0 : 1;
  }
}
