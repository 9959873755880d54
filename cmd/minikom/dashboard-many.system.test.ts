import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { useBrowser } from './testing/browser.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const SERVICES = 10_000;

describe('ten thousand services', () => {
  const browser = useBrowser();
  let service: TestService;

  before(async () => {
    service = await startTestService();
    const timestamp = Math.floor(Date.now() / 1000) - 600;
    const events = Array.from({ length: SERVICES }, (_, index) => ({
      service_name: `service ${String(index).padStart(5, '0')}`,
      state: 'deploy',
      timestamp: timestamp - index,
    }));
    const answer = await fetch(`${service.url}/events`, { method: 'POST', body: JSON.stringify(events) });
    expect(answer.status).to.equal(200);
  });

  after(() => service.stop());

  it('are listed by the few rows in sight, down to the last', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.locator('.rows .row', { hasText: 'service 00000' }).waitFor();
    await page.locator('.count-idle', { hasText: '10,000' }).waitFor();
    await page.evaluate("document.querySelector('.rows').scrollTo(0, 1e9)");
    await page.locator('.rows .row', { hasText: 'service 09999' }).waitFor();
    expect(await page.locator('.rows .row').count()).to.be.below(60);
  });

  it('are found again where one of them was opened, with the keyboard as well', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.locator('.rows .row').first().waitFor();
    await page.evaluate("document.querySelector('.rows').scrollTo(0, 200000)");
    const row = page.locator('.rows .row', { hasText: 'service 05000' });
    await row.getByRole('link').focus();
    const place = await row.boundingBox();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'service 05000' }).waitFor();
    await page.goBack();
    await page.locator('.row-name a:focus', { hasText: 'service 05000' }).waitFor();
    await until('it is where it was', async () => (await row.boundingBox())?.y === place?.y);
  });

  it('are listed from the worst on when others are searched for', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.locator('.rows .row').first().waitFor();
    await page.evaluate("document.querySelector('.rows').scrollTo(0, 200000)");
    await page.locator('.rows .row', { hasText: 'service 05000' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('77');
    await page.locator('.rows .row[aria-rowindex="1"]', { hasText: 'service 00077' }).waitFor();
    expect(await page.evaluate("document.querySelector('.rows').scrollTop")).to.equal(0);
  });
});
