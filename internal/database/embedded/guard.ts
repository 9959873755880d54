import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Postmaster } from './postmaster-file.ts';
import { programEnvironment } from './run-program.ts';

/** What ends a postmaster that its service has left behind. */
export interface Guard {
  /** The service has stopped the postmaster itself, or lost it. Safe twice. */
  dismiss(): void;
}

// Its input is a pipe that only we hold: it ends when we do, whatever ends us. A line means that there is nothing to do.
// The number of a process may be given away: it must still be the one of the lock file, and a postgres.
const script = `
read -r _ && exit
read -r pid <"$2" && [ "$pid" = "$1" ] || exit
if [ -r "/proc/$1/comm" ]; then read -r name <"/proc/$1/comm"; [ "$name" = postgres ] || exit; fi
kill -INT "$1"`;

/**
 * Sees to it that the postmaster does not outlive this process, be it killed: a shell waits for our end and then asks
 * the postmaster for a fast shutdown. It leads a session of its own, so that what ends a terminal does not end it first.
 */
export function guardPostmaster({ pid }: Postmaster, cluster: string): Guard {
  const lockFile = join(cluster, 'postmaster.pid');
  const shell = spawn('/bin/sh', ['-c', script, 'minikom-guard', String(pid), lockFile], {
    env: programEnvironment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the next start finds the postmaster, as it does where the guard was killed, too.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return { dismiss: () => void shell.stdin.end('\n') };
}
