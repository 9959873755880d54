import { setTimeout as pause } from 'node:timers/promises';

import { Piscina } from 'piscina';

import { holdClient } from '../database/held-client.ts';
import { createPool } from '../database/pool.ts';
import { flush } from './flush.ts';
import { letGo } from '../threads/let-go.ts';
import type { FlushResult, FlushTask, WorkerSetup } from './protocol.ts';
import type { Sink } from './sink.ts';

// Sinks prepare their statements and look rows up by key: planning anew for each batch would cost more than running,
// and a plan made while the tables were empty must not scan them when they are large.
const flushSettings = ['plan_cache_mode=force_generic_plan', 'enable_seqscan=off'];

/**
 * The handler of a worker's thread: one connection, the sinks by name, nothing remembered between batches.
 * Called once, by the worker's entry file, with the list of all sinks.
 */
export function serveSinks(sinks: readonly Sink<never>[]): (task: FlushTask) => Promise<FlushResult> {
  const setup: WorkerSetup = Piscina.workerData as WorkerSetup;
  const pool = createPool({
    connectionString: setup.connectionString,
    applicationName: setup.applicationName,
    maxConnections: 1,
    connectTimeoutMs: setup.connectTimeoutMs,
    statementTimeoutMs: setup.statementTimeoutMs,
    sessionSettings: flushSettings,
  });
  const byName = new Map(sinks.map((sink) => [sink.name, sink as Sink<unknown>]));
  const context = { pool: holdClient(pool), sinks: byName, pause: (ms: number) => pause(ms) };
  return async (task) => {
    const result = await flush(task, context);
    // What was committed at the first try was sent. After others it may still be on its way into a stuck socket.
    if (result.outcome === 'committed' && result.attempts === 1)
      letGo(byName.get(task.sink)?.buffersOf?.(task.columns) ?? []);
    return result;
  };
}
