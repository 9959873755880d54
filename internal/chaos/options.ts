import { flagLines, readFlags, type FlagSet } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/faults.ts';
import type { RunOptions } from './run.ts';

/** What a command line asks for. */
export interface ChaosOptions extends Omit<RunOptions, 'stop'> {
  readonly faults: readonly Fault[];
  /** Only their names and what they are. */
  readonly isList: boolean;
}

const whole = (least: number, most: number, help: string) => ({ least, most, whole: true, help });
const flags = {
  texts: {
    only: { help: 'only these faults, by name, separated by commas (all)' },
    cluster: {
      help: 'a Citus cluster on this machine, to be broken: URLs of a superuser, the coordinator first, separated by commas',
    },
  },
  numbers: {
    minutes: { least: 0.01, most: 600, whole: false, help: 'how long each fault is repeated' },
    rounds: whole(1, 100_000, 'how often each fault comes at most (3, or any with --minutes)'),
    seed: whole(
      0,
      2 ** 32 - 1,
      'the same seed makes the same load and the same choices (random, and printed)',
    ),
    'flush-timeout': whole(100, 60_000, 'FLUSH_TIMEOUT_MS of the service (5000)'),
    slack: whole(0, 60_000, 'milliseconds that a slow machine may add to what is promised (0)'),
  },
  switches: { list: { help: 'only say which faults there are' } },
} satisfies FlagSet;

const ROUNDS = 3;
const LONGEST_MINUTES = 600;

export const usage = `Breaks the service and its database, and looks whether anything that was acknowledged is gone.

${flagLines(flags)}

Exit status: 0 if all is as it is promised, 1 if not, 2 if the arguments are wrong.
`;

/** Reads the arguments; `seed` is what is taken if none is given. */
export function parseOptions(args: readonly string[], seed: number): Asked<ChaosOptions> {
  const problems: string[] = [];
  const given = readFlags(flags, args, problems);
  if (given.has('help')) return { kind: 'help' };
  const names = given.text('only')?.split(',');
  for (const name of names ?? []) {
    if (!faults.some((fault) => fault.name === name))
      problems.push(`there is no fault ${JSON.stringify(name)}`);
  }
  const servers = given.text('cluster')?.split(',') ?? [];
  if (servers.length === 1 || !servers.every((url) => URL.canParse(url)))
    problems.push('--cluster wants the URL of the coordinator and those of its nodes, separated by commas');
  const lacksCluster = ({ needs }: Fault) =>
    needs.isCluster === true && servers.length === 0 && !given.has('list');
  const asked = faults.filter((fault) => names?.includes(fault.name) ?? !lacksCluster(fault));
  for (const { name } of asked.filter(lacksCluster)) problems.push(`${name} needs --cluster`);
  if (problems.length > 0) return { kind: 'bad', problems };
  const minutes = given.number('minutes');
  return {
    kind: 'run',
    options: {
      faults: asked,
      isList: given.has('list'),
      seed: given.number('seed') ?? seed,
      mostRounds: given.number('rounds') ?? (minutes === undefined ? ROUNDS : Infinity),
      minutes: minutes ?? LONGEST_MINUTES,
      flushTimeoutMs: given.number('flush-timeout') ?? 5000,
      slackMs: given.number('slack') ?? 0,
      isShort: false,
      servers,
    },
  };
}
