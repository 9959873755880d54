import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server under measurement, in a process of its own. */
export interface Child {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a Node.js program and waits for the line of its output from which `urlOf` reads where it listens. */
export async function startChild(
  file: URL,
  environment: Readonly<Record<string, string>>,
  urlOf: (line: Readonly<Record<string, unknown>>) => string | undefined,
): Promise<Child> {
  const child = spawn(process.execPath, [file.pathname], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  try {
    for await (const line of lines) {
      const url = urlOf(JSON.parse(line) as Readonly<Record<string, unknown>>);
      if (url !== undefined) {
        child.stdout.resume();
        return { url, stop: () => stop(child) };
      }
    }
  } catch (error) {
    await stop(child);
    throw error;
  }
  throw new Error(`${file.pathname} ended before it listened`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
