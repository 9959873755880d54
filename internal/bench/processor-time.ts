import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// What Linux counts in, whatever its clock: see sysconf(_SC_CLK_TCK), which is the same everywhere that Node.js runs.
const TICKS_PER_SECOND = 100;
// After the program's name, which may hold anything: state, parent, and from the twelfth on the ticks.
const PARENT = 1;
const TICKS = 11;

/** The processor time of a process in microseconds, all its threads, user and system. Linux only. */
export function processorTime(pid: number): number {
  const [own = 0, system = 0] = ticksOf(statOf(pid));
  return microseconds(own + system);
}

/** The same of the PostgreSQL that runs in a service's data folder: all its processes, those that ended as well. */
export function postgresTime(dataDir: string): number {
  const file = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const postmaster = Number(file.slice(0, file.indexOf('\n')));
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => statOf(Number(pid)))
    .filter((fields) => Number(fields[PARENT]) === postmaster);
  const [own = 0, system = 0, ended = 0, endedSystem = 0] = ticksOf(statOf(postmaster));
  const live = children.map((fields) => processTicks(fields)).reduce((sum, ticks) => sum + ticks, 0);
  return microseconds(own + system + ended + endedSystem + live);
}

function processTicks(fields: readonly string[]): number {
  const [own = 0, system = 0] = ticksOf(fields);
  return own + system;
}

/** User and system time of its own, and of its children that ended. */
function ticksOf(fields: readonly string[]): number[] {
  return fields.slice(TICKS, TICKS + 4).map(Number);
}

/** Nothing of a process that ended just now. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function microseconds(ticks: number): number {
  return (ticks * 1e6) / TICKS_PER_SECOND;
}
