import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { until } from '../../internal/testing/until.ts';
import { useBrowser } from './testing/browser.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const HOUR = 3600;

/** How much of the bottom line of a bar is drawn: all of one that is known, as idle is there, too. */
const bottomOf = (page: Page, bar: string) =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(bar)});
    const { data } = canvas.getContext('2d').getImageData(0, canvas.height - 2, canvas.width, 1);
    return data.filter((value, index) => index % 4 === 3 && value > 0).length / canvas.width;
  })()`);

describe('the page in a bad hour', () => {
  const browser = useBrowser();
  let service: TestService;
  const now = Math.floor(Date.now() / 1000);

  before(async () => {
    service = await startTestService();
    const seen = (service_name: string, state: string, from: number, to: number) =>
      Array.from({ length: Math.ceil((to - from) / 2) }, (_, index) => ({
        service_name,
        state,
        timestamp: from + 2 * index,
      }));
    const events = [
      ...seen('checkout', 'issue', now - 3000, now - 2400),
      ...seen('checkout', 'issue', now - 1800, now + 50),
      ...seen('quiet', 'deploy', now - 1000, now - 900),
    ];
    const answer = await fetch(`${service.url}/events`, { method: 'POST', body: JSON.stringify(events) });
    expect(answer.status, await answer.text()).to.equal(200);
  });

  after(() => service.stop());

  it('draws nothing known as nothing known, while it is awaited and when it fails', async () => {
    const page = await browser.open('about:blank');
    await page.route(/\/(timelines|historical|job-runs|job|stats)\b/, () => undefined);
    await page.goto(`${service.url}/#/services/checkout`);
    await page.getByText('Waiting for the service…').waitFor();
    expect(await bottomOf(page, '.chart-bar')).to.equal(0);
    expect(await page.locator('table').count()).to.equal(0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.route(/\/(timelines|historical|job-runs|job|stats)\b/, (route) => route.abort());
    for (const view of ['services/checkout', 'deployments/checkout', 'jobs', 'jobs/etl']) {
      await page.goto('about:blank');
      await page.goto(`${service.url}/#/${view}`);
      await page.getByText('Nothing is known yet').first().waitFor();
      expect(await page.locator('table').count(), view).to.equal(0);
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.goto(`${service.url}/#/services`);
    await page.locator('.rows .row', { hasText: 'quiet' }).waitFor();
    await until('the bar is drawn', async () => (await bottomOf(page, '.rows .bar')) === 1);
  });

  it('counts the issue that goes on, and says that it is so far', async () => {
    const page = await browser.open(`${service.url}/#/services/checkout`);
    const figure = (title: string) => page.locator('.figures div', { hasText: title }).locator('dd');
    await figure('longest issue')
      .getByText(/^(29|30) min \d\d s so far$/)
      .waitFor();
    expect(await figure('mean issue').innerText()).to.match(/^(19|20) min \d\d s so far$/);
    await page.goto(`${service.url}/#/services/checkout?from=${now - HOUR}&to=${now - 2000}`);
    await figure('longest issue')
      .getByText(/^(9 min 59|10 min 00) s$/)
      .waitFor();
  });

  it('veils no span that is past: no late report can change it', async () => {
    const page = await browser.open(`${service.url}/#/services/checkout?from=${now - HOUR}&to=${now - 1000}`);
    await page.getByRole('row', { name: 'ongoing' }).waitFor();
    const [end, before] = await page.evaluate<string[]>(`(() => {
      const canvas = document.querySelector('.chart-bar');
      const at = (x) => canvas.getContext('2d').getImageData(x, 1, 1, 1).data.join();
      return [at(canvas.width - 2), at(canvas.width - 20)];
    })()`);
    expect(end).to.equal(before);
  });
});
