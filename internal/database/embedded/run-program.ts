import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

const execute = promisify(execFile);

/** All the environment that PostgreSQL's programs get: its messages stay English, which the log reader relies on. */
export const programEnvironment = { LC_ALL: 'C', TZ: 'UTC' };

/** Runs a program to its end; rejects on a bad exit, with its standard error in the message. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly account: Account | undefined; readonly cwd: string; readonly timeoutMs: number },
): Promise<void> {
  await execute(file, args, {
    cwd: options.cwd,
    env: programEnvironment,
    timeout: options.timeoutMs,
    ...options.account,
  });
}
