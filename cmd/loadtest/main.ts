// Sends load to Minikom, measures it and verifies what came of it. See --help and docs/loadtest.md.
import { randomInt } from 'node:crypto';

import { realClock } from '../../internal/loadtest/clock.ts';
import { runLoadTest } from '../../internal/loadtest/load-test.ts';
import { parseOptions } from '../../internal/loadtest/options.ts';
import { resultTable } from '../../internal/loadtest/result-table.ts';
import { exitStatusOf } from '../../internal/loadtest/result.ts';
import { usage } from '../../internal/loadtest/usage.ts';

const parsed = parseOptions(process.argv.slice(2), {
  environment: process.env,
  nowSeconds: Date.now() / 1000,
  seed: randomInt(2 ** 32),
});
switch (parsed.kind) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'bad':
    process.stderr.write(`loadtest: ${parsed.problems.join('; ')}\n`);
    process.exitCode = 2;
    break;
  case 'run': {
    const stop = new AbortController();
    const onSignal = (): void => {
      // The second signal means now.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    try {
      const result = await runLoadTest(parsed.options, {
        clock: realClock,
        now: () => Date.now() / 1000,
        random: () => Math.random(),
        screen: process.stderr,
        stop: stop.signal,
      });
      process.stdout.write(parsed.options.json ? `${JSON.stringify(result)}\n` : resultTable(result));
      process.exitCode = exitStatusOf(result);
    } catch (error) {
      process.stderr.write(`loadtest: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
