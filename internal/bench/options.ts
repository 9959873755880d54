import { flagLines, readFlags, type FlagSet } from '../program/flags.ts';
import type { Asked } from '../program/program.ts';
import { rowsNamed } from './bench.ts';
import type { Endurance } from './page/endurance.ts';
import type { BenchOptions, Row } from './row.ts';

/** What a command line asks of the benchmark. */
interface AskedRows extends BenchOptions {
  readonly rows: readonly Row[];
  /** Only their names. */
  readonly isList: boolean;
}

const whole = (least: number, most: number, help: string) => ({ least, most, whole: true, help });
const rowFlags = {
  texts: { only: { help: 'only the rows whose name contains this (all)' } },
  numbers: {
    rounds: whole(1, 1000, 'alternated rounds that count (5)'),
    seconds: whole(1, 3600, 'length of each measurement that is bounded by time (6)'),
  },
  switches: { list: { help: 'only say which rows there are' } },
} satisfies FlagSet;
const watchFlags = {
  texts: {},
  numbers: {
    minutes: { least: 0.1, most: 600, whole: false, help: 'how long the page is watched (10)' },
    services: whole(1, 1_000_000, 'how many services report (10000)'),
    rate: whole(1, 1_000_000, 'reports a second in all (5000)'),
  },
  switches: {},
} satisfies FlagSet;

export const usage = `Measures Minikom side by side with its yardsticks, as a Markdown table.

${flagLines(rowFlags)}

With --page first it watches the dashboard in Chromium instead: --page --help.
`;
export const watchUsage = `Watches the dashboard in Chromium while services report.

${flagLines(watchFlags)}
`;

/** Reads the arguments of the benchmark. */
export function parseRows(args: readonly string[]): Asked<AskedRows> {
  const problems: string[] = [];
  const given = readFlags(rowFlags, args, problems);
  if (given.has('help')) return { kind: 'help' };
  const rows = rowsNamed(given.text('only') ?? '');
  if (rows.length === 0) problems.push(`no row's name contains ${JSON.stringify(given.text('only'))}`);
  if (problems.length > 0) return { kind: 'bad', problems };
  const rounds = given.number('rounds') ?? 5;
  const seconds = given.number('seconds') ?? 6;
  return { kind: 'run', options: { rows, isList: given.has('list'), rounds, seconds } };
}

/** Reads the arguments of what watches the page. */
export function parseWatch(args: readonly string[]): Asked<Endurance> {
  const problems: string[] = [];
  const given = readFlags(watchFlags, args, problems);
  if (given.has('help')) return { kind: 'help' };
  if (problems.length > 0) return { kind: 'bad', problems };
  const minutes = given.number('minutes') ?? 10;
  const services = given.number('services') ?? 10_000;
  return { kind: 'run', options: { minutes, services, rate: given.number('rate') ?? 5000 } };
}
