import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Lua is not compiled: it lies beside the sources, not in dist/.
const script = fileURLToPath(new URL('../../../cmd/bench/post-event.lua', import.meta.url));

/** Requests per second of `POST /event` over 64 connections. Throws if any answer was not 200. */
export async function singleEventsPerSecond(url: string, seconds: number): Promise<number> {
  const options = ['--threads', '1', '--connections', '64', '--duration', `${seconds}s`, '--script', script];
  const { stdout } = await run('wrk', [...options, `${url}/event`]);
  const failures = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (failures !== null) throw new Error(`wrk at ${url}: ${failures[0]}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`wrk printed no rate:\n${stdout}`);
  return Number(rate);
}
