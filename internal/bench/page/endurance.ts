import { setTimeout as pause } from 'node:timers/promises';

import type { CDPSession } from 'playwright-core';

import { quantile } from '../../program/quantile.ts';
import { randomOf } from '../../program/random.ts';
import { residentMemory } from '../../program/resident-memory.ts';
import { withMinikom } from '../programs.ts';
import { launchChromium } from './chromium.ts';

/** How the page is watched: for how long, over how many services, at how many reports a second. */
export interface Endurance {
  readonly minutes: number;
  readonly services: number;
  readonly rate: number;
}

const REQUESTS_A_SECOND = 4;
const SAMPLES_A_MINUTE = 2;
const COLLECTIONS = 3;
const LOOK_EACH_MS = 100;
const ROWS_WITHIN_MS = 30_000;

/** Reports `rate` times a second, each service in turn; now and then one falls silent or changes its state. */
async function report(url: string, { services, rate }: Endurance, stop: AbortSignal): Promise<number> {
  const random = randomOf(1);
  const states = Array.from({ length: services }, () => (random() < 0.1 ? 'issue' : 'deploy'));
  let next = 0;
  let sent = 0;
  const startedMs = performance.now();
  while (!stop.aborted) {
    const now = Date.now() / 1000;
    const events = Array.from({ length: rate / REQUESTS_A_SECOND }, () => {
      const index = next++ % services;
      if (random() < 0.01) states[index] = states[index] === 'issue' ? 'deploy' : 'issue';
      // Half of these are cut off below: of 10,000 services 5,000 are reported, each in all of its seconds. The tables of
      // docs/performance.md are of that.
      return [0, 1].map((ago) => ({
        service_name: `service ${index}`,
        state: states[index],
        timestamp: now - ago,
      }));
    });
    const body = JSON.stringify(events.flat().slice(0, rate / REQUESTS_A_SECOND));
    const answer = await fetch(`${url}/events`, { method: 'POST', body });
    if (answer.ok) sent += rate / REQUESTS_A_SECOND;
    const dueMs = startedMs + (sent / rate) * 1000;
    await pause(Math.max(0, dueMs - performance.now()), undefined, { signal: stop }).catch(() => undefined);
  }
  return sent;
}

/** How long frames take, from one to the next, in milliseconds; gathered by the page itself. */
const watchFrames = `
  window.frames_ = []; let last = performance.now();
  const next = (now) => { if (!window.skip_) window.frames_.push(now - last); window.skip_ = false; last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) (window.long_ ??= []).push(duration); })
    .observe({ type: 'longtask' });`;
const takeFrames = '[window.frames_.splice(0), (window.long_ ?? []).splice(0)]';
// The frame that is under way began before.
const skipFrame = 'window.skip_ = true';
const hasRows = "document.querySelector('.rows .row') !== null";
const scrollOn = "document.querySelector('.rows')?.scrollBy(0, 400)";

interface Sample {
  readonly minute: number;
  readonly frames: readonly number[];
  readonly longTasks: readonly number[];
  /** Used by the page's objects after a collection, in MiB; see {@link objectsOf}. */
  readonly heapMiB: number;
  readonly serviceMiB: number;
}

/**
 * Has the page evaluate an expression. What Playwright's own ways put into a page for that takes 0.7 MiB of its heap, as its locators do.
 */
async function evaluate(client: CDPSession, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = await client.send('Runtime.evaluate', {
    expression,
    returnByValue: true,
  });
  if (exceptionDetails !== undefined)
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function sample(client: CDPSession, minute: number, pid: number): Promise<Sample> {
  const [frames, longTasks] = (await evaluate(client, takeFrames)) as [number[], number[]];
  const heapMiB = (await objectsOf(client)) / 2 ** 20;
  // What the collection took is not the page's.
  await evaluate(client, takeFrames);
  await evaluate(client, skipFrame);
  return { minute, frames, longTasks, heapMiB, serviceMiB: residentMemory(pid).now };
}

/** In bytes. The page goes on between a collection and its being read, and may have read an answer meanwhile: the least of some. */
async function objectsOf(client: CDPSession): Promise<number> {
  let least = Infinity;
  for (let times = 0; times < COLLECTIONS; times++) {
    await client.send('HeapProfiler.collectGarbage');
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    least = Math.min(least, usedSize);
  }
  return least;
}

/** Watches the page and prints, twice a minute, how it does; `chromium` is the browser's path. */
export async function watchPage(
  endurance: Endurance,
  chromium: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  await withMinikom(async ({ url, pid }) => {
    const stop = new AbortController();
    const reporting = report(url, endurance, stop.signal);
    const browser = await launchChromium(chromium);
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const timeout = AbortSignal.timeout(ROWS_WITHIN_MS);
      await page.goto(url);
      const client = await page.context().newCDPSession(page);
      while ((await evaluate(client, hasRows)) !== true)
        await pause(LOOK_EACH_MS, undefined, { signal: timeout });
      await evaluate(client, watchFrames);
      print('| minute | frames | p50 ms | p99 ms | longest ms | tasks > 50 ms | page MiB | service MiB |');
      for (let step = 1; step <= endurance.minutes * SAMPLES_A_MINUTE; step++) {
        const untilMs = performance.now() + 60_000 / SAMPLES_A_MINUTE;
        while (performance.now() < untilMs) {
          await evaluate(client, scrollOn);
          await pause(500);
        }
        const at = step / SAMPLES_A_MINUTE;
        const { minute, frames, longTasks, heapMiB, serviceMiB } = await sample(client, at, pid);
        const cells = [
          minute,
          frames.length,
          quantile(frames, 0.5).toFixed(1),
          quantile(frames, 0.99).toFixed(1),
          Math.max(...frames).toFixed(1),
          longTasks.length,
          heapMiB.toFixed(1),
          serviceMiB.toFixed(0),
        ];
        print(`| ${cells.join(' | ')} |`);
      }
    } finally {
      stop.abort();
      const sent = await reporting;
      print(`${sent} reports were acknowledged`);
      await browser.close();
    }
  });
}
