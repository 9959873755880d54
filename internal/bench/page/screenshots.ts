import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

import type { Browser } from 'playwright-core';

import { randomOf } from '../../program/random.ts';
import { startChild, withMinikom } from '../programs.ts';
import { launchChromium } from './chromium.ts';
import { makeUpHistory } from './history.ts';

const folder = fileURLToPath(new URL('../../../../docs/images/', import.meta.url));
const SEED = 11;
// Lines over time need some time.
const WATCHED_MS = 45_000;
const EVENTS_A_REQUEST = 10_000;

interface Picture {
  readonly name: string;
  readonly view: string;
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

const pictures: readonly Picture[] = [
  { name: 'services', view: 'services' },
  { name: 'services-dark', view: 'services', colorScheme: 'dark' },
  { name: 'services-phone', view: 'services', width: 360, height: 740 },
  { name: 'service', view: 'services/checkout', height: 900 },
  { name: 'checks', view: 'checks', height: 520 },
  { name: 'workers', view: 'workers', height: 900 },
  { name: 'deployments', view: 'deployments', height: 420 },
  { name: 'component', view: 'deployments/checkout', height: 420 },
  { name: 'jobs', view: 'jobs', height: 320 },
  { name: 'job', view: 'jobs/nightly-etl', height: 320 },
];

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
}

async function fill(url: string): Promise<void> {
  const { events, records, payloads } = makeUpHistory(Math.floor(Date.now() / 1000), randomOf(SEED));
  for (let from = 0; from < events.length; from += EVENTS_A_REQUEST) {
    await post(`${url}/events`, events.slice(from, from + EVENTS_A_REQUEST));
  }
  await post(`${url}/records`, { Records: records });
  for (const payload of payloads) await post(`${url}/collect`, payload);
}

async function takeAll(browser: Browser, url: string, onTaken: (file: string) => void): Promise<void> {
  // Each view is opened first and watched for a while, all at the same time.
  const opened = await Promise.all(
    pictures.map(async ({ name, view, width = 1280, height = 800, colorScheme = 'light' }) => {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme,
        timezoneId: 'Europe/Berlin',
      });
      await page.goto(`${url}/#/${view}`);
      return { name, page };
    }),
  );
  await pause(WATCHED_MS);
  for (const { name, page } of opened) {
    await page.bringToFront();
    await pause(2000);
    await page.screenshot({ path: `${folder}${name}.png` });
    onTaken(`docs/images/${name}.png`);
  }
}

const program = (name: string) => fileURLToPath(new URL(`../../../cmd/${name}/main.js`, import.meta.url));

/** Starts what is to be seen, with made-up history, and takes all pictures; `chromium` is the browser's path. */
export async function takePictures(
  chromium: string | undefined,
  onTaken: (file: string) => void,
): Promise<void> {
  const fantastic = await startChild(
    process.execPath,
    [program('fantastic'), '--port', '0', '--seed', '3'],
    {},
    (line) => /http\S+/.exec(line)?.[0],
  );
  try {
    const targets = { CHECK_TARGETS: `fantastic=${fantastic.url}`, CHECK_INTERVAL_SECONDS: '1' };
    await withMinikom(async ({ url }) => {
      await fill(url);
      const komobox = await startChild(
        process.execPath,
        [program('komobox')],
        { ENDPOINT: `${url}/event` },
        () => url,
      );
      const browser = await launchChromium(chromium);
      try {
        await takeAll(browser, url, onTaken);
      } finally {
        await browser.close();
        await komobox.stop();
      }
    }, targets);
  } finally {
    await fantastic.stop();
  }
}
