import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

import { randomOf } from '../program/random.ts';
import { Sender, type ClientOptions, type Figures } from './client.ts';

/** What a thread of clients is to send, and where to. */
export type ClientTask = Omit<ClientOptions, 'random'>;

/** What it tells when it has settled, which it does within as many milliseconds as it is sent. */
export interface Settled {
  readonly figures: Figures;
  /** The numbers of the requests that were. */
  readonly acknowledged: readonly number[];
}

const task = workerData as ClientTask;
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
const sender = new Sender({ ...task, random: randomOf(`${task.load.seed} retries`) });

parentPort?.once('message', (mostMs: number) => {
  void sender.settle(mostMs).then(() => {
    const [p50 = 0, p99 = 0, max = 0] = [delays.percentile(50), delays.percentile(99), delays.max].map(
      (nanoseconds) => nanoseconds / 1e6,
    );
    const settled: Settled = {
      figures: { ...sender.figures, ownLateMs: { p50, p99, max } },
      acknowledged: sender.acknowledged,
    };
    parentPort?.postMessage(settled);
  });
});
