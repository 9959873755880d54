import { setTimeout as pause } from 'node:timers/promises';

import { blast, type BulkShape, jsonBody } from './bulk.ts';
import { residentMemory } from '../program/resident-memory.ts';
import { withMinikom } from './programs.ts';
import { type Row, spread } from './row.ts';

const PER_BODY = 10_000;
const READ_EACH_SECONDS = 5;
const LEAST_SECONDS = 60;

/** What a run saw; durations in milliseconds. */
interface Held {
  readonly readMs: number[];
  readonly writeMs: number[];
  readonly failures: string[];
  mostMemoryMiB: number;
}

/**
 * Whether so many services are taken when each is reported once a second, as agents do it: now, evenly over the second.
 * Meanwhile all of them are listed every five seconds. Runs for `seconds`, at least a minute.
 */
function holdRow(services: number): Row {
  return {
    work: `${services.toLocaleString('en')} services, one report each per second, bodies of 10,000, \`GET /services\` meanwhile`,
    against: '–',
    aim: '≤ 5 s',
    measure: ({ seconds }) =>
      withMinikom(async ({ url, pid }) => {
        const held: Held = { readMs: [], writeMs: [], failures: [], mostMemoryMiB: 0 };
        const lasts = Math.max(LEAST_SECONDS, seconds);
        const over = AbortSignal.timeout(lasts * 1000);
        await Promise.all([
          reportAll(
            `${url}/events`,
            { bodies: services / PER_BODY, perBody: PER_BODY, services },
            over,
            held,
          ),
          readAll(`${url}/services`, over, held, () => residentMemory(pid).most),
        ]);
        const bodies = (lasts * services) / PER_BODY;
        const [failure] = held.failures;
        return {
          kind: 'measured',
          figure: spread(held.readMs),
          unit: 'ms',
          note:
            `${held.writeMs.length} of ${bodies} bodies taken within ${lasts} s, ` +
            `p50 ${Math.round(spread(held.writeMs).median)} ms, the most ${Math.round(spread(held.writeMs).max)} ms; ` +
            `${held.readMs.length} lists, ${held.failures.length} failures${failure === undefined ? '' : ` (${failure})`}; ` +
            `resident at most ${Math.round(held.mostMemoryMiB)} MiB`,
        };
      }),
  };
}

async function reportAll(url: string, shape: BulkShape, over: AbortSignal, held: Held): Promise<void> {
  const startSecond = Math.floor(Date.now() / 1000);
  const startedAtMs = performance.now();
  const sent: Promise<void>[] = [];
  for (let body = 0; !over.aborted; body++) {
    const dueMs = startedAtMs + (body * 1000) / shape.bodies;
    const bytes = jsonBody(shape, body, startSecond);
    await pause(Math.max(0, dueMs - performance.now()));
    const sending = blast(url, [bytes], 1).then(
      ({ latenciesMs }) => void held.writeMs.push(...latenciesMs),
      (error: unknown) => void held.failures.push(String(error)),
    );
    sent.push(sending);
  }
  await Promise.all(sent);
}

async function readAll(url: string, over: AbortSignal, held: Held, memory: () => number): Promise<void> {
  while (!over.aborted) {
    await pause(READ_EACH_SECONDS * 1000);
    const startedAtMs = performance.now();
    const response = await fetch(url);
    await response.arrayBuffer();
    const ms = performance.now() - startedAtMs;
    if (response.status === 200) held.readMs.push(ms);
    else held.failures.push(`GET /services: ${response.status} after ${Math.round(ms)} ms`);
    held.mostMemoryMiB = memory();
    process.stderr.write(
      `services ${response.status} ${Math.round(ms)} ms, ${Math.round(held.mostMemoryMiB)} MiB, ${held.writeMs.length} bodies\n`,
    );
  }
}

export const holdRows: readonly Row[] = [holdRow(150_000)];
