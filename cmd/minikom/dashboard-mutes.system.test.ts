import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { post } from './testing/asking.ts';
import { awaitView, expectAccessible, useBrowser } from './testing/browser.ts';
import { startFedService, type FedService } from './testing/fed-service.ts';

describe('mutes, changes and notifications on the dashboard', () => {
  const browser = useBrowser();
  let fed: FedService;

  let receiver: Server;

  before(async () => {
    receiver = createServer((request, response) => {
      request.resume();
      response.writeHead(request.url === '/gone' ? 410 : 204).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    fed = await startFedService({ NOTIFY_URLS: `ops=${url}/here,gone=${url}/gone` });
  });

  after(async () => {
    await fed.stop();
    receiver.close();
  });

  it('mutes are made and ended with the keyboard alone, from the list and back, and seen there', async () => {
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
    await page.getByRole('link', { name: 'Changes' }).press('Enter');
    await page.getByLabel('Kind').selectOption('mute');
    for (const what of ['muted by Ana', 'not muted any more, after']) {
      await page.getByRole('row', { name: new RegExp(`checkout .*${what}`) }).waitFor();
    }
    expect(browser.complaints).to.deep.equal([]);
  });

  it('what happened tells of a mute of many, which leads to those that fit', async () => {
    for (const name of ['checkout', 'cart']) await fed.report(name, 'issue');
    const body = { service: 'ch*t', by: 'Ben', note: 'new disks', until: Date.now() / 1000 + 600 };
    expect((await post(fed.service, '/mutes', body)).status).to.equal(201);
    const page = await browser.open(`${fed.service.url}/#/services`);
    const happened = page.getByRole('complementary', { name: 'What happened' });
    const muted = happened.getByRole('listitem').filter({ hasText: 'muted by Ben: new disks' });
    await muted.waitFor();
    await expectAccessible(page, 'a mute in what happened');
    // In the narrow column, too, in one line, which is whole on a closer look.
    await page.setViewportSize({ width: 1600, height: 800 });
    const words = muted.getByTitle('muted by Ben: new disks');
    await words.waitFor();
    expect((await words.boundingBox())?.height).to.be.below(24);
    await muted.getByRole('link', { name: 'ch*t' }).click();
    await page.locator('.rows .row', { hasText: 'cart' }).waitFor({ state: 'detached' });
    await page.locator('.rows .row', { hasText: 'checkout' }).waitFor();
    expect(browser.complaints).to.deep.equal([]);
  });

  it('the start page shows what happened, each thing once, in a column or in one line', async () => {
    await fed.report('checkout', 'issue');
    const page = await browser.open(`${fed.service.url}/#/services`);
    const happened = page.getByRole('complementary', { name: 'What happened' });
    const one = happened
      .getByRole('listitem')
      .filter({ hasText: 'checkout' })
      .filter({ hasText: 'in issue' });
    for (const width of [320, 390, 1280, 1600]) {
      await page.setViewportSize({ width, height: 800 });
      await happened.getByRole('listitem').first().waitFor();
      const [place, list] = [await happened.boundingBox(), await page.locator('.rows').boundingBox()];
      const end = width < 1400 ? (place?.height ?? Infinity) : (list?.x ?? 0) + (list?.width ?? Infinity);
      expect(end, `${width}`).to.be.at.most(width < 1400 ? 40 : (place?.x ?? 0));
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width}`).to.equal(width);
      await expectAccessible(page, `what happened, ${width}`);
    }
    await one.getByRole('link').click();
    await page.getByRole('heading', { name: 'checkout' }).waitFor();
    expect(browser.complaints).to.deep.equal([]);
  });

  it('changes lead to what they are of, and notifications say what came of them', async () => {
    await fed.report('checkout', 'issue');
    const page = await browser.open(`${fed.service.url}/#/services`);
    await page.getByRole('link', { name: 'Changes' }).click();
    await page.getByLabel('Kind').selectOption('issue');
    await page.waitForURL(/kind=issue/);
    await page.getByLabel('Name').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText(/Nothing of .* is here\./).waitFor();
    await expectAccessible(page, 'no changes');
    await page.getByLabel('Name').fill('checkout');
    await page.keyboard.press('Enter');
    await page.getByText('in issue').first().waitFor();
    expect(await page.getByRole('link', { name: 'Atom feed' }).getAttribute('href')).to.match(
      /changes\.atom\?kind=issue&service=checkout$/,
    );
    for (const view of ['Changes', 'Notifications']) {
      await page.goto(`${fed.service.url}/#/${view.toLowerCase()}`);
      await awaitView(page, view);
      await page.locator('tbody tr, .empty').first().waitFor();
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        for (const width of [320, 390, 1280, 1600]) {
          await page.setViewportSize({ width, height: 800 });
          const [wide = 0, room = 0, nav = 0, navRoom = 0] = await page.evaluate<number[]>(
            `['main', '.head nav'].map((of) => document.querySelector(of))
              .flatMap(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])`,
          );
          expect(wide, `${view} at ${width}`).to.be.at.most(room);
          expect(nav, `navigation at ${width}`).to.be.at.most(navRoom);
        }
        await expectAccessible(page, `${view}, ${scheme}`);
      }
    }
    await page
      .getByRole('row', { name: / sent .*ops.*204/ })
      .first()
      .waitFor();
    await page.getByLabel('Status').selectOption('failed');
    await page
      .getByRole('row', { name: / failed .*gone.*410/ })
      .first()
      .waitFor();
    await page
      .getByRole('row', { name: / sent / })
      .first()
      .waitFor({ state: 'detached' });
    await page.goto(`${fed.service.url}/#/changes?service=checkout`);
    await page.locator('tbody a', { hasText: 'checkout' }).first().press('Enter');
    await page.waitForURL(/#\/services\/checkout/);
    expect(browser.complaints).to.deep.equal([]);
  });
});
