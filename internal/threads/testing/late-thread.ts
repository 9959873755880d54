import { workerData } from 'node:worker_threads';

import oddThread from './odd-thread.ts';

// A thread that has not started before it is let: its data is the gate.
if (workerData instanceof Int32Array) Atomics.wait(workerData, 0, 0);

export default oddThread;
