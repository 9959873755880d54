import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { postGood } from './testing/asking.ts';
import { useBrowser } from './testing/browser.ts';
import { postRecords, recordBody } from './testing/record-client.ts';
import { useTestService } from './testing/start-test-service.ts';

const SERVICES = 10_000;
const HAPPENED = 60;
const FLAPS = 120;

describe('ten thousand services', () => {
  const browser = useBrowser();
  const service = useTestService();

  before(async () => {
    const timestamp = Math.floor(Date.now() / 1000) - 600;
    const events = Array.from({ length: SERVICES }, (_, index) => ({
      service_name: `service ${String(index).padStart(5, '0')}`,
      state: 'deploy',
      timestamp: timestamp - index,
    }));
    await postGood(service, '/events', events);
    const records = Array.from({ length: HAPPENED }, (_, index) =>
      recordBody(index, { Component: `component-${index}`, State: 'succeeded' }),
    );
    // One that flaps is all that the newest of them tell of.
    const flaps = Array.from({ length: FLAPS }, (_, index) =>
      recordBody(HAPPENED + index, { Component: 'flapping', State: 'failed' }),
    );
    expect((await postRecords(service, [...records, ...flaps])).status).to.equal(200);
  });

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
    // In the list: above that stands whether the connection is late, as it may be on a busy machine.
    const placeInList = async () => {
      const [list, own] = [await page.locator('.rows').boundingBox(), await row.boundingBox()];
      return list && own && own.y - list.y;
    };
    const place = await placeInList();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'service 05000' }).waitFor();
    await page.goBack();
    await page.locator('.row-name a:focus', { hasText: 'service 05000' }).waitFor();
    await until('it is where it was', async () => (await placeInList()) === place);
  });

  it('are led to with what is chosen for all views, at once', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    const row = page.locator('.rows .row').first();
    await row.locator('.row-share', { hasText: '%' }).first().waitFor({ state: 'attached' });
    await page.getByTitle('Show times in UTC or in your own zone').click();
    await page.getByRole('button', { name: 'UTC' }).waitFor();
    expect(await row.getByRole('link').getAttribute('href')).to.match(/\?utc=1$/);
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

  it('are asked about as they come into sight, and not again while they stay there', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    const rows = page.locator('.rows .row');
    await rows.first().locator('.row-share', { hasText: '%' }).first().waitFor({ state: 'attached' });
    const before = await rows.locator('bdi').allTextContents();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/shares') asked.push(...searchParams.getAll('service'));
    });
    await page.evaluate("document.querySelector('.rows').scrollTo(0, 400)");
    await until('others are asked about', () => asked.length > 0);
    expect(asked.filter((name) => before.includes(name))).to.deep.equal([]);
  });

  it('have what happened beside them: in a column fifty things, in a line as many as have room', async () => {
    const page = await browser.open(`${service.url}/#/services?from=1772366400&to=1772370000`, {
      viewport: { width: 1399, height: 800 },
    });
    const things = page.getByRole('complementary', { name: 'What happened' }).getByRole('listitem');
    await until('ten are there', async () => (await things.count()) === 10);
    const [first, last] = [await things.first().boundingBox(), await things.last().boundingBox()];
    // What comes last lies below the line.
    expect(last?.y).to.be.above(first?.y ?? Infinity);
    await page.setViewportSize({ width: 1400, height: 800 });
    await until('all are there', async () => (await things.count()) === 50);
    await page.setViewportSize({ width: 1399, height: 800 });
    await until('few are there', async () => (await things.count()) === 10);
  });

  it('are kept as they are drawn, and not as they were drawn before as well', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await page.locator('.rows .row').first().waitFor();
    let found: Found | undefined;
    // Each row draws what it says of the time anew each second, by itself.
    await until('rows were drawn anew', async () => {
      found = await page.evaluate<Found>(findDrawn);
      return found.drawnAnew > 20;
    });
    expect(found?.drawn).to.be.above(500);
    expect(found?.keptBefore).to.equal(0);
  });
});

/** Elements of the page by what Preact keeps of them. */
interface Found {
  readonly drawn: number;
  /** Written down by what is drawn, and since then drawn by themselves. */
  readonly drawnAnew: number;
  /** Of these, that keep what was drawn for them at first. */
  readonly keptBefore: number;
}

const findDrawn = `(() => {
  const drawn = new Set(), written = new Set();
  const walk = (element) => {
    if (!element || drawn.has(element)) return;
    drawn.add(element);
    for (const child of [element.props?.children].flat(Infinity)) if (child?.props) written.add(child);
    for (const child of element.__k ?? []) walk(child);
  };
  walk(document.getElementById('app').__k);
  const drawnAnew = [...written].filter((element) => !drawn.has(element));
  return { drawn: drawn.size, drawnAnew: drawnAnew.length, keptBefore: drawnAnew.filter(({ __k }) => __k).length };
})()`;
