import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server under measurement, in a process of its own. */
export interface Child {
  readonly url: string;
  readonly pid: number;
  /** The next line of its output that is wanted. */
  nextLine(isWanted: (line: string) => boolean): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a program and waits for the line of its output from which `urlOf` reads where it listens. */
export async function startChild(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  urlOf: (line: string) => string | undefined,
): Promise<Child> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const nextLine = (isWanted: (line: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const look = (line: string) => {
        if (!isWanted(line)) return;
        lines.off('line', look);
        resolve(line);
      };
      lines.on('line', look);
      child.once('exit', () => reject(new Error(`${program} ended too early`)));
    });
  const line = await nextLine((text) => urlOf(text) !== undefined);
  return { url: urlOf(line) ?? '', pid: child.pid ?? 0, nextLine, stop: () => stopChild(child) };
}

/** Ends a process that we started, and waits for it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
