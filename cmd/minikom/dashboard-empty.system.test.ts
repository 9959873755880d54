import { execFileSync } from 'node:child_process';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { awaitView, expectAccessible, useBrowser } from './testing/browser.ts';
import { startTestService, type TestService, useTestService } from './testing/start-test-service.ts';

// How often the page asks for what it is not told of.
const ASKS_EACH_MS = 5000;

/** Sends what a shell hands to curl in the page's command. */
async function runCommand(page: Page): Promise<void> {
  const command = await page.getByLabel('command to copy').innerText();
  // Not curl itself, which not every machine has.
  const script = `curl() { printf '%s\\n%s' "$1" "$3"; }\n${command}`;
  const [url = '', body = ''] = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n');
  const answer = await fetch(url, { method: 'POST', body });
  expect(answer.status, `${command}: ${await answer.text()}`).to.equal(200);
}

describe('a view of which there is nothing yet', () => {
  const browser = useBrowser();
  let service: TestService;

  beforeEach(async () => {
    service = await startTestService();
  });

  afterEach(() => service.stop());

  const nasty = `it's "$(exit 1)" \`☂\` \\ %s/..`;
  for (const [view, fact] of [
    ['services', 'web'],
    [`services/${encodeURIComponent(nasty)}`, 'ongoing'],
    ['workers', 'works'],
    ['deployments', 'succeeded'],
    ['deployments/checkout', 'succeeded'],
    ['jobs', 'etl'],
    [`jobs/${encodeURIComponent(nasty)}`, 'running'],
  ] as const) {
    it(`tells the command that fills it: ${view}`, async () => {
      const page = await browser.open('about:blank');
      await page.clock.install();
      await page.goto(`${service.url}/#/${view}`);
      await page.getByRole('button', { name: 'Copy' }).waitFor();
      await expectAccessible(page, view);
      // However long the command is, the button that copies it is in sight.
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 760 });
        const button = await page.getByRole('button', { name: 'Copy' }).boundingBox();
        expect((button?.x ?? Infinity) + (button?.width ?? 0), `${width}`).to.be.at.most(width);
      }
      await runCommand(page);
      await page.clock.fastForward(ASKS_EACH_MS);
      await page.locator('.row, tbody tr').filter({ hasText: fact }).first().waitFor();
    });
  }
});

describe('the page of a service that it has never heard', () => {
  const browser = useBrowser();
  const service = useTestService();

  it('says that nothing is known, and not that there is nothing', async () => {
    const page = await browser.open('about:blank');
    await page.routeWebSocket(/\/live$/, (socket) => socket.close());
    for (const view of ['Services', 'Checks', 'Workers']) {
      await page.goto(`${service.url}/#/${view.toLowerCase()}`);
      await awaitView(page, view);
      await page.locator('[data-freshness=lost]').waitFor({ state: 'attached' });
      await page.getByText('Nothing is known yet').waitFor();
      await page.getByRole('status').filter({ hasText: 'No connection to the service.' }).waitFor();
    }
  });
});
