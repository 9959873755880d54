import { threadId, workerData } from 'node:worker_threads';

import type { FlushResult, FlushTask, WorkerSetup } from '../worker.ts';
import { arrive, isOpen, type Meeting } from './meeting.ts';

/** What a worker can be told to do at its start, in the place of the connection string. */
export type Boot = 'well' | 'throw' | 'exit' | 'loop' | 'never end';

/** What a batch can be told to do, as the name of its sink; its columns are a {@link Meeting} where one is needed. */
export type Deed =
  | 'commit'
  | 'throw'
  | 'throw outside'
  | 'throw afterwards'
  | 'exit'
  | 'loop'
  | 'hang'
  | 'exhaust memory'
  | 'answer what cannot be cloned'
  | 'meet'
  | 'arrive by a timer, afterwards';

const committed: FlushResult = { outcome: 'committed', workerId: threadId, attempts: 1 };

await boot((workerData as WorkerSetup).connectionString as Boot);

/** A worker's entry that goes wrong in every way that a worker can. */
export default async function faultyWorker(task: FlushTask): Promise<unknown> {
  const meeting = task.columns as Meeting;
  switch (task.sink as Deed) {
    case 'commit':
      return committed;
    case 'throw':
      throw new Error('thrown by the task');
    case 'throw outside':
      throwSoon();
      return never();
    case 'throw afterwards':
      throwSoon();
      return committed;
    case 'exit':
      return process.exit(3);
    case 'loop':
      return loop();
    case 'hang':
      return never();
    case 'exhaust memory':
      return exhaustMemory();
    case 'answer what cannot be cloned':
      return { ...committed, later: () => undefined };
    case 'meet':
      arrive(meeting);
      while (!isOpen(meeting)) await new Promise((turn) => setImmediate(turn));
      return committed;
    case 'arrive by a timer, afterwards':
      setTimeout(() => arrive(meeting), 50);
      return committed;
  }
}

async function boot(how: Boot): Promise<void> {
  if (how === 'throw') throw new Error('thrown at the start');
  if (how === 'exit') process.exit(4);
  if (how === 'loop') loop();
  if (how === 'never end') await never();
}

function throwSoon(): void {
  setImmediate(() => {
    throw new Error('thrown outside of any task');
  });
}

function never(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 60_000));
}

function loop(): never {
  for (;;);
}

function exhaustMemory(): never {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
}
