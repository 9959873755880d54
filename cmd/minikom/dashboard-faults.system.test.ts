import { expect } from 'chai';
import type { Page, Route } from 'playwright-core';

import { TcpProxy } from '../../internal/chaos/tcp-proxy.ts';
import { expectAccessible, useBrowser } from './testing/browser.ts';
import { postReports } from './testing/report-client.ts';
import { useTestService } from './testing/start-test-service.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';

const filterOf = (page: Page) => page.evaluate("getComputedStyle(document.querySelector('main')).filter");

describe('the dashboard in bad times', () => {
  const browser = useBrowser();
  let secondsAhead = 0;
  const service = useServiceBehindProxy({
    environment: { FLUSH_TIMEOUT_MS: '20000' },
    now: () => Date.now() / 1000 + secondsAhead,
    isShared: true,
  });
  let toService: TcpProxy;

  before(async () => {
    toService = await TcpProxy.before(service.url);
    await postReports(
      service.url,
      [{ service_name: 'web', state: 'deploy', timestamp: Date.now() / 1000 }],
      1,
    );
  });

  after(() => toService.refuse());

  it('marks a lost connection, loses its colour, and recovers by itself', async () => {
    const page = await browser.open(toService.url);
    await page.locator('.rows .row', { hasText: 'web' }).waitFor();
    expect(await filterOf(page)).to.equal('none');
    const wall = await browser.open(new URL('?kiosk', toService.url).href);
    await wall.locator('.rows .row', { hasText: 'web' }).waitFor();
    await toService.refuse();
    await page
      .getByRole('status')
      .filter({ hasText: /Connection lost. What you see is as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(/ })
      .waitFor();
    await page.locator('[data-freshness=lost]').waitFor();
    expect(await filterOf(page)).to.equal('grayscale(1)');
    expect(await page.title()).to.match(/^✕/);
    await expectAccessible(page, 'without a connection');
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 740 });
      // What says so is neither cut off nor below anything else.
      const covered = await page.evaluate<string[]>(`(() => {
        const [mark, ...others] = [...document.querySelectorAll('.head-end > *')];
        const room = document.createRange();
        room.selectNodeContents(mark);
        const text = room.getBoundingClientRect();
        return others.filter((other) => {
          const box = other.getBoundingClientRect();
          return box.left < text.right && text.left < box.right && box.top < text.bottom && text.top < box.bottom;
        }).map((other) => other.innerText);
      })()`);
      expect(covered, `the mark at ${width}`).to.deep.equal([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width}`).to.equal(width);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await postReports(
      service.url,
      [{ service_name: 'meanwhile', state: 'issue', timestamp: Date.now() / 1000 }],
      1,
    );
    const reloaded = wall.waitForEvent('load');
    await toService.listen();
    await page.locator('.rows .row', { hasText: 'meanwhile' }).waitFor();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    expect(await filterOf(page)).to.equal('none');
    // On a wall it begins anew, as nobody is there to do it.
    await reloaded;
    await wall.locator('.rows .row', { hasText: 'meanwhile' }).waitFor();
  });

  it('says that its data is old while the service cannot read its database', async () => {
    const page = await browser.open(service.url);
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    await service.proxy.refuse();
    secondsAhead = 10;
    await page.getByRole('status').filter({ hasText: 'cannot read its database' }).waitFor();
    await page.locator('[data-freshness=stale]').waitFor();
    expect(await filterOf(page)).to.equal('grayscale(1)');
    await service.proxy.listen();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
  });
});

describe('the dashboard of an empty service with read tokens', () => {
  const browser = useBrowser();
  const service = useTestService({ environment: { READ_TOKENS: 'geheim-genug-geheim' } });

  for (const view of ['services', 'checks', 'workers', 'deployments', 'jobs', 'changes', 'notifications']) {
    it(`asks for a token in ${view}, and does not call that a lost connection`, async () => {
      const page = await browser.open(`${service.url}/#/${view}`);
      await page.getByLabel(/asks for a token/).waitFor();
      expect(await page.locator('.freshness').textContent()).to.include('token needed');
      await expectAccessible(page, `the question for a token in ${view}`);
      expect(await page.locator('body').textContent()).to.not.match(
        /connection lost|No connection|does not answer/i,
      );
    });
  }

  it('refuses a wrong token, takes the right one, and keeps it where no script reads it', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.getByLabel(/asks for a token/).fill('geheim-genug-falsch');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('This token is not known here.').waitFor();
    await page.getByLabel(/asks for a token/).fill('geheim-genug-geheim');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    const kept = await page.evaluate<string>(
      '[document.cookie, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join()',
    );
    expect(kept).to.not.match(/geheim|minikom_session/);
    const [cookie] = await page.context().cookies();
    expect(cookie).to.include({ name: 'minikom_session', httpOnly: true, sameSite: 'Strict' });
    expect(cookie?.value).to.not.include('geheim');
    await page.reload();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    await page.getByRole('heading', { name: 'No service has been reported yet' }).waitFor();
  });

  it('does not ask again for what was asked ahead of the token and answered after it', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.getByLabel(/asks for a token/).waitFor();
    // Each try to connect that is refused asks whether it is for want of a token.
    const asked = await new Promise<Route>((resolve) => void page.route('**/session', resolve, { times: 1 }));
    const before = await asked.fetch();
    await page.getByLabel(/asks for a token/).fill('geheim-genug-geheim');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    const answered = page.waitForResponse('**/session');
    await asked.fulfill({ response: before });
    await (await answered).finished();
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
    expect(await page.getByLabel(/asks for a token/).count()).to.equal(0);
    expect(await page.locator('.freshness').textContent()).to.include('live');
  });

  it('takes a token, and tells in each view how it is filled', async () => {
    const page = await browser.open(`${service.url}/#/deployments`);
    await page.getByLabel(/asks for a token/).fill('geheim-genug-geheim');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByRole('heading', { name: 'No deployment has been recorded yet' }).waitFor();
    for (const [key, title] of [
      ['1', 'No service has been reported yet'],
      ['2', 'Nothing is checked'],
      ['5', 'No job has been heard of yet'],
      ['7', 'Nobody is told'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('heading', { name: title }).waitFor();
      await page.getByRole('button', { name: 'Copy' }).waitFor();
      await expectAccessible(page, title);
    }
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
  });
});
