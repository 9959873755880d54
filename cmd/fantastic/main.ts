// Fantastic: a target for health checks that fails now and then. See --help.
import { randomInt } from 'node:crypto';
import { parseFlags, usage } from '../../internal/fantastic/flags.ts';
import { startTarget } from '../../internal/fantastic/server.ts';
import { randomOf } from '../../internal/loadtest/random.ts';

const parsed = parseFlags(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'bad':
    process.stderr.write(`fantastic: ${parsed.problems.join('; ')}\n`);
    process.exitCode = 2;
    break;
  case 'run': {
    const { options } = parsed;
    try {
      const target = await startTarget(options, randomOf(options.seed ?? randomInt(2 ** 32)));
      const stop = () => void target.stop();
      process.once('SIGTERM', stop).once('SIGINT', stop);
      process.stdout.write(`fantastic at ${target.url}\n`);
    } catch (error) {
      process.stderr.write(`fantastic: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
