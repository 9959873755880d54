import { expect } from 'chai';

import { expectAccessible, useBrowser } from './testing/browser.ts';
import { startFedService, type FedService } from './testing/fed-service.ts';

describe('the mutes of the dashboard', () => {
  const browser = useBrowser();
  let fed: FedService;

  before(async () => {
    fed = await startFedService();
  });

  after(() => fed.stop());

  it('are made and ended with the keyboard alone, from the list and back, and seen there', async () => {
    await fed.report('checkout', 'issue');
    const page = await browser.open(`${fed.service.url}/#/services?q=checkout`);
    const row = page.locator('.rows .row', { hasText: 'checkout' });
    await row.getByRole('link').waitFor();
    await page.locator('.rows').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'checkout' }).waitFor();
    await page.keyboard.press('m');
    await page.locator('input[name=by]:focus').waitFor();
    await page.keyboard.type('Ana');
    await page.keyboard.press('Tab');
    await page.keyboard.type('x'.repeat(300));
    await expectAccessible(page, 'the form');
    await page.keyboard.press('Enter');
    await page.getByText('muted by Ana until').waitFor();
    await page.locator('[data-mute]:focus').waitFor();
    await expectAccessible(page, 'a mute');
    await page.setViewportSize({ width: 320, height: 800 });
    const widths = await page.evaluate<[number, number]>(
      `[document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]`,
    );
    expect(widths[0], 'nothing is cut at 320 pixels').to.be.at.most(widths[1]);
    await page.goBack();
    await row.getByText('muted').waitFor();
    await expectAccessible(page, 'the list');
    await page.goForward();
    await page.getByRole('button', { name: 'End it' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('muted by Ana').waitFor({ state: 'detached' });
    expect(browser.complaints).to.deep.equal([]);
  });
});
