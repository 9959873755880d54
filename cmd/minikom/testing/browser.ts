import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

import { expect } from 'chai';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

import { until } from '../../../internal/testing/until.ts';

// Takes less than half the processor time of a browser that only does not show its window, and draws the same; it has no notifications.
const shell = 'chromium-headless-shell';
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser of this machine, the first there is of these names, or undefined. */
function find(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A real browser for the tests of the surrounding `describe`, which are skipped, with a word, where there is none. */
export interface TestBrowser {
  /** Opens a page; what it complains of on its console fails the test that closes it. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** What each page complained of so far. */
  readonly complaints: string[];
}

/** `isWhole`: one that has all that a browser with a window has. */
export function useBrowser({ isWhole = false } = {}): TestBrowser {
  let browser: Browser | undefined;
  const complaints: string[] = [];

  before(async function () {
    const executablePath = find(isWhole ? browsers : [shell, ...browsers]);
    if (executablePath === undefined) {
      process.stderr.write('There is no Chromium on this machine: the tests of the page are skipped.\n');
      this.skip();
    }
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
    });
  });

  after(async () => {
    await browser?.close();
  });

  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    complaints.length = 0;
  });

  return {
    complaints,
    async open(url, options = {}) {
      if (browser === undefined) throw new Error('the browser was not started');
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      // Sooner than the test's own timeout, so that it is told what was waited for.
      page.setDefaultTimeout(20_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
  };
}

/** Waits until a view, or one thing of it, is shown, by its title: what was shown before stays until it is loaded. */
export async function awaitView(page: Page, title: string): Promise<void> {
  await until(`${title} is shown`, async () => (await page.title()).endsWith(`${title} – Minikom`));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects that axe-core finds no fault of accessibility in what the page shows. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate<string[]>(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`,
  );
  expect(violations, what).to.deep.equal([]);
}
