import { threadId, workerData } from 'node:worker_threads';

/** What a task can be told to do. */
export type Deed = 'tell' | 'throw' | 'exit' | 'loop' | 'wait for the next';

/** What a thread tells of itself. */
export interface Told {
  readonly threadId: number;
  readonly workerData: unknown;
  readonly bytes: number;
}

/** A task: what to do, and bytes to look at. */
export interface OddTask {
  readonly deed: Deed;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

let wakeTheOneBefore: () => void = () => undefined;

/** A thread's entry that does what its task says. */
export default async function oddThread({ deed, bytes }: OddTask): Promise<Told> {
  wakeTheOneBefore();
  if (deed === 'throw') throw new Error('thrown by the task');
  if (deed === 'exit') process.exit(3);
  if (deed === 'loop') for (;;);
  if (deed === 'wait for the next') await new Promise<void>((resolve) => (wakeTheOneBefore = resolve));
  return { threadId, workerData, bytes: bytes?.length ?? 0 };
}
