import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

import type { Address } from '../loadtest/connection.ts';
import { randomOf } from '../program/random.ts';
import { RecordingClient, type Figures, type Retries } from './client.ts';
import type { Ledger } from './ledger.ts';
import { Load, type Mix } from './load.ts';

/** What a thread of clients is to send, and where to. */
export interface ClientTask {
  readonly address: Address;
  readonly host: string;
  readonly loadSeed: number;
  readonly mix: Mix;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly beginWithinMs: number;
  readonly retries: Retries | undefined;
}

/** What it tells when it has settled, which it does within as many milliseconds as it is sent. */
export interface Settled {
  readonly figures: Figures;
  readonly ledger: Pick<Ledger, 'reports' | 'payloads' | 'records' | 'sparkEvents' | 'items'>;
}

const { host, loadSeed, mix, ...options } = workerData as ClientTask;
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
const client = new RecordingClient({
  ...options,
  load: new Load(loadSeed, host, mix),
  random: randomOf(`${loadSeed} retries`),
});

parentPort?.once('message', (mostMs: number) => {
  void client.settle(mostMs).then(() => {
    const { reports, payloads, records, sparkEvents, items } = client.ledger;
    const [p50 = 0, p99 = 0, max = 0] = [delays.percentile(50), delays.percentile(99), delays.max].map(
      (nanoseconds) => nanoseconds / 1e6,
    );
    const settled: Settled = {
      figures: { ...client.figures, ownLateMs: { p50, p99, max } },
      ledger: { reports, payloads, records, sparkEvents, items },
    };
    parentPort?.postMessage(settled);
  });
});
