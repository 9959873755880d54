import { expect } from 'chai';
import type { Page, Route } from 'playwright-core';

import { TcpProxy } from '../../internal/chaos/tcp-proxy.ts';
import { until } from '../../internal/testing/until.ts';
import { expectAccessible, useBrowser } from './testing/browser.ts';
import { postReports } from './testing/report-client.ts';
import { useTestService } from './testing/start-test-service.ts';

const CHECKS = /\/assets\/checks-view-[^/]+\.js$/;
const JOBS = /\/assets\/jobs-view-[^/]+\.js$/;

/** Asks for a file that there is not, as that of another version. */
const asOfAnotherVersion = (route: Route) =>
  route.continue({ url: new URL('nothing.js', route.request().url()).href });

/** Has what is asked for wait; resolves to what lets it go. */
async function holdBack(page: Page, what: Parameters<Page['route']>[0]): Promise<() => void> {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(what, async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

/** Counts how often a page is loaded from now on. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('load', () => loads++);
  return () => loads;
}

describe('views that are loaded when they are first shown', () => {
  const browser = useBrowser();
  const service = useTestService();
  let toService: TcpProxy;

  before(async () => {
    toService = await TcpProxy.before(service.url);
    const timestamp = Date.now() / 1000;
    await postReports(service.url, [{ service_name: 'web', state: 'deploy', timestamp }], 1);
  });

  after(() => toService.refuse());

  const openList = async (url = service.url) => {
    const page = await browser.open(url);
    await page.locator('.rows .row', { hasText: 'web' }).waitFor();
    return page;
  };
  const nav = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name });
  const nothingOf = (page: Page, title: string) => page.getByRole('heading', { name: title });
  const nothingChecked = (page: Page) => nothingOf(page, 'Nothing is checked');
  const rowOf = (page: Page) => page.locator('.rows .row', { hasText: 'web' });

  it('are not loaded with the list, which stays as it is until they are there', async () => {
    const loaded: string[] = [];
    const page = await openList();
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    const started = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
    );
    expect(started.filter((path) => path.endsWith('.js'))).to.have.length(1);
    const letGo = await holdBack(page, CHECKS);
    await page.getByRole('button', { name: 'deploy', exact: false }).click();
    await page.keyboard.press('2');
    await page.locator('main[aria-busy=true]').waitFor();
    expect(new URL(page.url()).hash).to.equal('#/checks');
    expect(await rowOf(page).count()).to.equal(1);
    expect(await page.locator('.count-deploy[aria-pressed=true]').count(), 'its filter').to.equal(1);
    expect(await nav(page, 'Services').getAttribute('aria-current')).to.equal('page');
    letGo();
    await nothingChecked(page).waitFor();
    await page.locator('main[aria-busy=false]:focus').waitFor();
    expect(await rowOf(page).count()).to.equal(0);
    expect(loaded.filter((path) => CHECKS.test(path))).to.have.length(1);
    await page.goBack();
    await rowOf(page).waitFor();
    await page.goForward();
    await nothingChecked(page).waitFor();
    expect(loaded.filter((path) => CHECKS.test(path))).to.have.length(1);
    expect(browser.complaints).to.deep.equal([]);
  });

  it('are shown in the end as was asked for last', async () => {
    const page = await openList();
    const letGo = await holdBack(page, CHECKS);
    await nav(page, 'Checks').click();
    await page.locator('main[aria-busy=true]').waitFor();
    await nav(page, 'Jobs').click();
    await nothingOf(page, 'No job').waitFor();
    const came = page.waitForResponse(CHECKS);
    letGo();
    await (await came).finished();
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    expect(await nothingOf(page, 'No job').count()).to.equal(1);
    await page.goBack();
    await nothingChecked(page).waitFor();
  });

  it('are shown with times as was asked for while they were on their way', async () => {
    const page = await openList();
    const letGo = await holdBack(page, CHECKS);
    await nav(page, 'Checks').click();
    await page.locator('main[aria-busy=true]').waitFor();
    await page.getByTitle('Show times in UTC or in your own zone').click();
    letGo();
    await nothingChecked(page).waitFor();
    await page.getByRole('button', { name: 'UTC' }).waitFor();
    await page.waitForURL(/#\/checks\?utc=1$/);
    expect(browser.complaints).to.deep.equal([]);
  });

  it('are found by a page that was left open over an update, which loads itself anew', async () => {
    const page = await openList();
    const loads = countLoads(page);
    await page.route(JOBS, asOfAnotherVersion, { times: 1 });
    await nav(page, 'Jobs').click();
    await nothingOf(page, 'No job').waitFor();
    expect(loads()).to.equal(1);
    expect(new URL(page.url()).hash).to.equal('#/jobs');
    // What is missing after the next update is found as well.
    await page.route(CHECKS, asOfAnotherVersion, { times: 1 });
    await nav(page, 'Checks').click();
    await nothingChecked(page).waitFor();
    expect(loads()).to.equal(2);
    await page.goBack();
    await nothingOf(page, 'No job').waitFor();
  });

  it('are not found for somebody who has gone on meanwhile', async () => {
    const page = await openList();
    const loads = countLoads(page);
    await page.route(CHECKS, asOfAnotherVersion);
    const isPage = (url: URL) => url.pathname === '/';
    const letGo = await holdBack(page, isPage);
    const asked = page.waitForRequest((request) => isPage(new URL(request.url())));
    await nav(page, 'Checks').click();
    await asked;
    await nav(page, 'Services').click();
    await page.locator('main[aria-busy=false]').waitFor();
    const answered = page.waitForResponse((response) => isPage(new URL(response.url())));
    letGo();
    await (await answered).finished();
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
    );
    expect(loads()).to.equal(0);
    expect(await rowOf(page).count()).to.equal(1);
  });

  it('say so where they are missing for good, and can be tried again', async () => {
    const page = await openList();
    const loads = countLoads(page);
    await page.route(CHECKS, asOfAnotherVersion);
    await nav(page, 'Checks').click();
    const sentence = page.getByRole('status').filter({
      hasText: 'This view could not be loaded: the service does not have it.',
    });
    await sentence.waitFor();
    expect(loads()).to.equal(1);
    await expectAccessible(page, 'a view that is not there');
    await nav(page, 'Services').click();
    await rowOf(page).waitFor();
    expect(await sentence.count()).to.equal(0);
    await nav(page, 'Checks').click();
    await sentence.waitFor();
    expect(await rowOf(page).count(), 'what was shown before').to.equal(1);
    expect(loads()).to.equal(1);
    await page.unroute(CHECKS);
    await sentence.getByRole('button', { name: 'Try again' }).click();
    await nothingChecked(page).waitFor();
    expect(loads()).to.equal(2);
  });

  it('come by themselves once a service that was away answers again, and lose nothing meanwhile', async () => {
    const page = await openList(toService.url);
    const loads = countLoads(page);
    await toService.refuse();
    await nav(page, 'Checks').click();
    await page
      .getByRole('status')
      .filter({ hasText: 'This view could not be loaded: the service does not answer.' })
      .waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-freshness=lost]').waitFor();
    expect(await rowOf(page).count()).to.equal(1);
    expect(loads()).to.equal(0);
    await toService.listen();
    await nothingChecked(page).waitFor();
    expect(new URL(page.url()).hash).to.equal('#/checks');
    await until(
      'nothing is awaited',
      async () => (await page.locator('main[aria-busy=false]').count()) === 1,
    );
  });

  it('are tried again by themselves on a wall, where nobody is', async () => {
    const page = await browser.open(`${service.url}/?kiosk#/services`);
    await rowOf(page).waitFor();
    await page.clock.install();
    await page.route(JOBS, asOfAnotherVersion);
    await page.goto(`${service.url}/?kiosk#/jobs`);
    await page.getByRole('status').filter({ hasText: 'could not be loaded' }).waitFor();
    expect(await page.getByRole('button').count()).to.equal(0);
    await page.unroute(JOBS);
    await page.clock.fastForward(31_000);
    await nothingOf(page, 'No job').waitFor();
  });
});
