import type { LatencySummary } from '../loadtest/tally.ts';
import type { Fault } from './fault.ts';
import type { Outcome } from './run.ts';

const columns: readonly (readonly [title: string, of: (outcome: Outcome) => string])[] = [
  ['fault', ({ name }) => name],
  ['times', ({ rounds }) => String(rounds)],
  ['requests', ({ figures }) => String(figures.requests)],
  ['200', ({ figures }) => String(figures.acknowledged)],
  ['items', ({ items }) => String(items)],
  ['503', ({ figures }) => String(figures.refused)],
  ['cut off', ({ figures }) => String(sum(figures.unanswered))],
  ['else', ({ figures }) => String(sum(figures.wrong))],
  ['missing', ({ comparison }) => String(comparison.missing)],
  ['doubled', ({ comparison }) => String(comparison.doubled)],
  ['200 ms', ({ figures }) => inTheMiddle(figures.acknowledgedMs)],
  ['503 ms', ({ figures }) => inTheMiddle(figures.refusedMs)],
  ['slowest ms', ({ figures }) => figures.slowestMs.toFixed(0)],
  ['back ms', ({ backMs }) => backMs.toFixed(0)],
  ['connections', ({ before, after }) => `${before.connections} → ${after.connections}`],
  ['MiB', ({ before, after }) => `${before.mebibytes.toFixed(0)} → ${after.mebibytes.toFixed(0)}`],
];
const WIDTHS = [16, 6, 9, 9, 9, 7, 8, 5, 8, 8, 11, 11, 11, 8, 12, 11];

/** The faults, a line each. */
export function faultList(faults: readonly Fault[]): string {
  return faults.map(({ name, summary }) => `${name.padEnd(WIDTHS[0] ?? 0)} ${summary}`).join('\n');
}

/** The line above all outcomes. */
export function titleLine(): string {
  return lineOf(columns.map(([title]) => title));
}

/** One line of the table, and under it what was not as it is promised. */
export function outcomeLines(outcome: Outcome): string {
  const line = lineOf(columns.map(([, of]) => of(outcome)));
  const { ownLateMs: own } = outcome.figures;
  const ownLine =
    own === undefined
      ? []
      : [`  the clients themselves were late by ${rounded(own.p50, own.p99, own.max)} ms`];
  const notes = outcome.notes.map((note) => `  ${note}`);
  return [line, ...ownLine, ...notes, ...outcome.problems.map((problem) => `  ✗ ${problem}`)].join('\n');
}

const rounded = (p50: number, p99: number, max: number) =>
  `${p50.toFixed(0)} (median), ${p99.toFixed(0)} (p99), ${max.toFixed(0)} (most)`;

/** The median and the 99th percentile. */
function inTheMiddle({ p50, p99 }: LatencySummary): string {
  return p50 === null || p99 === null ? '–' : `${p50.toFixed(0)} / ${p99.toFixed(0)}`;
}

function lineOf(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[index] ?? 0)))
    .join(' ');
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
