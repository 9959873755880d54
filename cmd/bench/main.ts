import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { alternate, type Comparison, type Spread } from './alternate.ts';
import { startChild } from './child.ts';
import { singleEventsPerSecond } from './wrk.ts';

/** Measures side by side and prints the rows of docs/performance.md as a Markdown table. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '6' },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores, ${rounds} rounds of ${seconds} s after a warm-up\n`,
  );
  console.log('| work | against | ours | theirs | ratio, median (min–max) |');
  console.log('|---|---|---|---|---|');
  print(
    'single `POST /event`, 64 connections, 1,000 services',
    'bare Koa app',
    await singleEvents(rounds, seconds),
  );
}

/** `POST /event` of the service as shipped, embedded PostgreSQL included, against a Koa app that only parses. */
async function singleEvents(rounds: number, seconds: number): Promise<Comparison> {
  const dataDir = await mkdtemp(join(tmpdir(), 'minikom-bench-'));
  const minikom = await startChild(
    new URL('../minikom/main.js', import.meta.url),
    { DATA_DIR: dataDir, PORT: '0' },
    ({ msg, services }) =>
      msg === 'minikom is ready' && typeof services === 'string'
        ? services.replace(/\/services$/, '')
        : undefined,
  );
  const bareKoa = await startChild(new URL('bare-koa.js', import.meta.url), {}, ({ port }) =>
    typeof port === 'number' ? `http://127.0.0.1:${port}` : undefined,
  );
  try {
    return await alternate(
      rounds,
      () => singleEventsPerSecond(minikom.url, seconds),
      () => singleEventsPerSecond(bareKoa.url, seconds),
    );
  } finally {
    await Promise.all([minikom.stop(), bareKoa.stop()]);
    await rm(dataDir, { recursive: true });
  }
}

function print(work: string, against: string, { ours, theirs, ratio }: Comparison): void {
  const rate = ({ median, min, max }: Spread) => `${round(median)}/s (${round(min)}–${round(max)})`;
  const share = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
  console.log(`| ${work} | ${against} | ${rate(ours)} | ${rate(theirs)} | ${share} |`);
}

function round(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}

await main();
