import { flagLines, readFlags } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import type { TargetOptions } from './server.ts';

const flags = {
  texts: { host: { help: 'where to listen (127.0.0.1)' } },
  numbers: {
    port: { least: 0, most: 65_535, whole: true, help: 'where to listen; 0: any that is free (12345)' },
    'failure-percent': { least: 0, most: 100, whole: false, help: 'of the requests get a 500 (25)' },
    'hang-percent': { least: 0, most: 100, whole: false, help: 'of the requests get no answer (0)' },
    'reset-percent': {
      least: 0,
      most: 100,
      whole: false,
      help: 'of the requests have their connection cut (0)',
    },
    'latency-ms': { least: 0, most: 3_600_000, whole: false, help: 'milliseconds before each answer (0)' },
    seed: { least: 0, most: 2 ** 32 - 1, whole: true, help: 'same seed, same answers (random)' },
  },
  switches: {},
};

/** The answer to `--help`. */
export const usage = `Usage: fantastic [options]
A target for health checks that is fantastic, mostly.

Options (default):
${flagLines(flags)}
`;

/** Checks everything and names every problem, so that a user corrects them in one go. Without a seed one is drawn. */
export function parseFlags(
  args: readonly string[],
): Asked<TargetOptions & { readonly seed: number | undefined }> {
  const problems: string[] = [];
  const given = readFlags(flags, args, problems);
  if (given.has('help')) return { kind: 'help' };
  const options = {
    host: given.text('host') ?? '127.0.0.1',
    port: given.number('port') ?? 12_345,
    failurePercent: given.number('failure-percent') ?? 25,
    hangPercent: given.number('hang-percent') ?? 0,
    resetPercent: given.number('reset-percent') ?? 0,
    latencyMs: given.number('latency-ms') ?? 0,
    seed: given.number('seed'),
  };
  if (options.host === '') problems.push('--host must not be empty');
  if (options.failurePercent + options.hangPercent + options.resetPercent > 100) {
    problems.push('--failure-percent, --hang-percent and --reset-percent must be at most 100 together');
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'run', options };
}
