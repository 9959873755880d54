import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian package "wrk". */
export const WRK = '/usr/bin/wrk';

/** Requests per second over 64 connections. Throws if any answer was not 2xx. */
export async function requestsPerSecond(url: string, script: string, seconds: number): Promise<number> {
  // Lua is not compiled: it lies beside the sources, not in dist/.
  const file = fileURLToPath(new URL(`../../../cmd/bench/${script}`, import.meta.url));
  const options = ['--threads', '1', '--connections', '64', '--duration', `${seconds}s`, '--script', file];
  const { stdout } = await run(WRK, [...options, url]);
  const failures = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (failures !== null) throw new Error(`wrk at ${url}: ${failures[0]}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`wrk printed no rate:\n${stdout}`);
  return Number(rate);
}
