import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { until } from '../../internal/testing/until.ts';
import { awaitView, expectAccessible, useBrowser } from './testing/browser.ts';
import { startFedService, type FedService } from './testing/fed-service.ts';

const views = [
  'services',
  'services/checkout',
  'services/fantastic',
  'checks',
  'checks/fantastic',
  'workers',
  'deployments',
  'deployments/checkout',
  'jobs',
  'jobs/etl',
  'jobs/etl?run=finished',
];

describe('the dashboard', () => {
  const browser = useBrowser();
  let fed: FedService;

  before(async () => {
    fed = await startFedService({ GROUP_BY: 'prefix:~' });
    await fed.runJob('etl');
  });

  after(() => fed.stop());

  const open = (view: string, ...more: [Parameters<typeof browser.open>[1]?]): Promise<Page> =>
    browser.open(`${fed.service.url}/#/${view}`, ...more);
  const row = (page: Page, name: string) => page.locator('.rows .row', { hasText: name });

  afterEach(() => {
    expect(browser.complaints).to.deep.equal([]);
  });

  it('shows services with their states, and changes of them without a reload', async () => {
    await fed.report('checkout', 'deploy');
    const page = await open('services');
    await row(page, 'checkout').getByText('deploy').waitFor();
    await fed.report('checkout', 'issue');
    await row(page, 'checkout').getByText('issue').waitFor();
    await fed.report('appears only now', 'issue');
    await row(page, 'appears only now').waitFor();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
  });

  it('shows what Komobox reports, and what the service checks as a service, too', async () => {
    const page = await open('services');
    await row(page, 'message-broker').waitFor();
    await row(page, 'fantastic').waitFor();
  });

  it('filters by state and text, in the URL, and goes back', async () => {
    await fed.report('issue to find', 'issue');
    await fed.report('deploy to find', 'deploy');
    const page = await open('services');
    await page.getByRole('button', { name: 'issue' }).click();
    await row(page, 'issue to find').waitFor();
    await row(page, 'deploy to find').waitFor({ state: 'detached' });
    expect(page.url()).to.include('state=issue');
    await page.goBack();
    await row(page, 'deploy to find').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('Y TO FIND');
    await row(page, 'issue to find').waitFor({ state: 'detached' });
    await row(page, 'deploy to find').waitFor();
    await page.waitForURL(/q=Y\+TO\+FIND/);
    const copy = await browser.open(page.url());
    await row(copy, 'deploy to find').waitFor();
    expect(await copy.locator('.rows .row').count()).to.equal(1);
    await page.keyboard.press('Escape');
    await row(page, 'issue to find').waitFor();
  });

  it('finds by several words, none, and regular expressions, and what was marked; all of it as CSV', async () => {
    await fed.report('shop~red tea', 'issue');
    await fed.report('shop~green tea', 'issue');
    await fed.report('=tea', 'issue');
    const page = await open('services?q=tea -green /^(=|shop)/');
    const group = page.locator('.row-group');
    await row(page, '=tea').waitFor();
    await row(page, 'shop~red tea').getByLabel('Mark as a favourite').click();
    expect(await page.locator('.rows .row').count()).to.equal(2);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV' }).click();
    const table = await readFile(await (await saved).path(), 'utf8');
    expect(table).to.match(/^\uFEFFservice,state,since,.*\r\n/);
    expect(table)
      .to.match(/\r\nshop~red tea,issue,\d{4}-.*Z,\d+,\d+/)
      .and.to.match(/\r\n'=tea,issue/);
    await page.getByRole('searchbox').fill('/(/ tea');
    await page.getByText('/(/ is no regular expression').waitFor();
    await page.getByRole('searchbox').fill('');
    await group.getByText('2 issue').waitFor();
    await row(page, 'shop~red tea').waitFor({ state: 'detached' });
    await group.getByRole('button', { name: 'shop' }).click();
    await row(page, 'shop~red tea').waitFor();
    await page.waitForURL(/open=shop/);
    await expectAccessible(page, 'an open group');
    await page.getByRole('button', { name: 'Favourites' }).click();
    await group.waitFor({ state: 'detached' });
    expect(await page.locator('.row-name a').allInnerTexts()).to.deep.equal(['shop~red tea']);
    await page.reload();
    await row(page, 'shop~red tea').waitFor();
  });

  it('can be used with the keyboard alone', async () => {
    await fed.report('checkout', 'issue');
    const page = await open('services');
    await row(page, 'checkout').waitFor();
    for (const [key, heading] of [
      ['2', 'Checks'],
      ['3', 'Workers'],
      ['4', 'Deployments'],
      ['5', 'Jobs'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    }
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.locator('.rows').focus();
    await page.keyboard.press('ArrowDown');
    const name = await page.locator('.row-name a:focus').innerText();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name, exact: true }).waitFor();
  });

  it('shows a service: its intervals, figures, what changed before an issue; zooms in the URL', async () => {
    await fed.report('checkout', 'issue');
    const page = await open('services/checkout');
    await page.getByRole('heading', { name: 'checkout' }).waitFor();
    await page.getByRole('cell', { name: 'ongoing' }).waitFor();
    await page.getByText('in issue').waitFor();
    await page.getByText('prod: failed').first().waitFor();
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.waitForURL(/span=7200/);
    await page.locator('.chart-bar').focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(/from=\d+&to=\d+/);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.href.includes('from='));
  });

  it('shows checks: counts of each outcome and the failure percentage, both by themselves newer', async () => {
    const page = await open('checks');
    const total = page.locator('tbody tr', { hasText: 'fantastic' }).locator('td').nth(6);
    await total.waitFor();
    const titles = await page.locator('thead th').allInnerTexts();
    expect(titles).to.include.members(['No response', '200', '500', 'Checks']);
    expect(titles[6]).to.equal('Checks');
    const before = Number(await total.innerText());
    await until('there are more checks', async () => Number(await total.innerText()) > before);
    await page.locator('.graph canvas').waitFor();
    await page.locator('.graph .u-legend', { hasText: 'fantastic' }).waitFor();
  });

  it('says on the page of a checked service what its check came to, and leads there and back', async () => {
    const page = await open('services/fantastic');
    await page.getByText('failed in five minutes').waitFor();
    await page.locator('.own-check').getByRole('link', { name: 'Checked' }).click();
    await page.getByText('The last failures').waitFor();
    await page.getByRole('cell', { name: 'The status is 500, not 200–399.' }).first().waitFor();
    expect(await page.getByLabel('Figures of the span').innerText()).to.match(/half answered within[^]* ms/);
    await page.locator('.graph canvas').first().waitFor();
    await page.getByRole('link', { name: 'Its service' }).click();
    await page.locator('.own-check').waitFor();
    await page.keyboard.press('2');
    await page.getByRole('heading', { name: 'Checks', exact: true }).waitFor();
    await page.locator('tbody').getByRole('link', { name: 'fantastic' }).click();
    await page.getByText('How it is checked').waitFor();
  });

  it('shows workers and shards, and their figures as they change', async () => {
    await fed.report('checkout', 'issue');
    const page = await open('workers');
    await page.getByRole('region', { name: 'Shards' }).locator('tbody tr').nth(4).waitFor();
    const events = async () => {
      const cells = await page.locator('[aria-label=Shards] tbody td:nth-child(7)').allInnerTexts();
      return cells.reduce((sum, cell) => sum + Number(cell.replaceAll(',', '')), 0);
    };
    const before = await events();
    await until('more events are counted', async () => (await events()) > before);
    await page.locator('.graph canvas').nth(2).waitFor();
  });

  it('shows what is deployed where, and a component behind it', async () => {
    const page = await open('deployments');
    await page.getByRole('cell', { name: /failed/ }).waitFor();
    await page.getByRole('link', { name: 'checkout' }).click();
    await awaitView(page, 'checkout');
    await page.getByRole('cell', { name: /started/ }).waitFor();
    await page.getByRole('row', { name: /failed v1.2 ann/ }).waitFor();
    expect(await page.getByRole('link', { name: 'v1.2' }).getAttribute('href')).to.equal(
      'https://ci.invalid/7',
    );
    expect(page.url()).to.match(/#\/deployments\/checkout$/);
    await page.goBack();
    await page.getByRole('link', { name: 'web-shop' }).waitFor();
  });

  it('shows how often and how well is deployed, beside the time before, and by environment', async () => {
    const page = await open('deployments');
    const figures = page.getByLabel('Delivery in 30 d, and in the 30 d before');
    await figures.getByText('3, 0.10 a day').waitFor();
    expect(await figures.innerText()).to.match(
      /in the 30 d before\s+0, 0.00 a day[^]*changes that failed\s+33.3 %/,
    );
    await page.getByRole('link', { name: 'checkout' }).click();
    await awaitView(page, 'checkout');
    await page.getByRole('row', { name: /prod, broken.*1.*100 %/ }).waitFor();
  });

  it('is larger on a wall, with nothing to operate', async () => {
    await fed.report('shop~a', 'issue');
    await fed.report('shop~b', 'issue');
    const page = await browser.open(`${fed.service.url}/?kiosk#/services`);
    await page.locator('.row-group').waitFor();
    expect(await page.getByRole('navigation').count()).to.equal(0);
    expect(await page.locator('.head button, input:visible, .filters > button:visible').count()).to.equal(0);
    expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).to.equal(true);
    await expectAccessible(page, 'on a wall');
    expect(
      await page.evaluate("document.querySelector('.rows .row').getBoundingClientRect().height > 50"),
    ).to.equal(true);
    for (const width of [1280, 1600, 3840]) {
      await page.setViewportSize({ width, height: 480 });
      expect((await page.locator('.rows').boundingBox())?.width, `${width}`).to.be.above(0.9 * width);
      await page.getByText(/^Below: (\d+ (issue|deploy|idle)(, )?)+$/).waitFor();
    }
    await page.setViewportSize({ width: 1280, height: 4000 });
    await page.getByText(/^Below: /).waitFor({ state: 'detached' });
  });

  it('tells what a bar shows where it is touched; the rest of its row leads on', async () => {
    await fed.report('checkout', 'issue');
    const page = await browser.open(`${fed.service.url}/#/services?q=-fantastic`, {
      ...{ hasTouch: true, isMobile: true, viewport: { width: 390, height: 740 } },
    });
    const row = page.locator('.rows .row', { hasText: 'checkout' });
    const readout = page.locator('.readout');
    await until('the bar is read where it is touched', async () => {
      await fed.report('checkout', 'issue');
      const { x = 0, y = 0, width = 0, height = 0 } = (await row.locator('.bar').boundingBox()) ?? {};
      await page.touchscreen.tap(x + width - 2, y + height / 2);
      return (await readout.innerText()).includes('issue');
    });
    expect(page.url()).to.match(/#\/services\?q=-fantastic$/);
    const other = page.locator('.rows .row', { hasNotText: 'checkout' }).first();
    const { x = 0, y = 0, width = 0, height = 0 } = (await other.locator('.bar').boundingBox()) ?? {};
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await readout.getByText(/^(idle|nothing)/).waitFor();
    await row.getByRole('link').tap();
    await page.getByRole('heading', { name: 'checkout' }).waitFor();
    const bar = (await page.locator('.chart-bar').boundingBox()) ?? { x: 0, y: 0, width: 0 };
    await page.touchscreen.tap(bar.x + bar.width / 2, bar.y + 5);
    await readout.getByText(/^(idle|nothing|deploy|issue)/).waitFor();
    expect(browser.complaints).to.deep.equal([]);
  });

  it('shows jobs, the runs behind one with state and duration, and what a run did behind that', async () => {
    await fed.runJob('nightly');
    const page = await open('jobs');
    await page.getByRole('link', { name: 'nightly' }).first().click();
    await awaitView(page, 'nightly');
    await page.getByRole('row', { name: /finished.*1 min 29 s/ }).waitFor();
    await page.getByRole('row', { name: /running.*so far/ }).waitFor();
    await page.getByRole('link', { name: 'finished' }).click();
    await page.getByRole('cell', { name: 'ExceptionFailure: java.io.IOException: disk full' }).waitFor();
    await page.getByRole('row', { name: /stage 0\.0.*collect at Orders.scala:42.*50 s/ }).waitFor();
    await page.getByRole('heading', { name: '7 Spark events' }).waitFor();
    await page.getByRole('link', { name: 'All runs of nightly' }).click();
    await awaitView(page, 'nightly');
    await page.getByRole('row', { name: /running.*so far/ }).waitFor();
  });

  it('shows times in UTC at a click, and in the own zone otherwise', async () => {
    await fed.report('checkout', 'issue');
    const page = await open('services/checkout', { timezoneId: 'Asia/Kolkata' });
    await page.getByRole('button', { name: /Asia\/(Kolkata|Calcutta)/ }).click();
    await page.getByRole('button', { name: 'UTC' }).waitFor();
    await page.waitForURL(/utc=1/);
    const time = page.locator('tbody tr time').first();
    const [shown, exact] = [await time.innerText(), await time.getAttribute('datetime')];
    expect(`${shown.replace(' ', 'T')}.000Z`).to.equal(exact);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const view of views) {
      it(`has no fault of accessibility in ${view}, ${colorScheme}`, async () => {
        await fed.report('checkout', 'issue');
        const page = await open(view, { colorScheme });
        await page.locator('[data-freshness=live] .freshness-live').waitFor();
        await page.locator('.row, tbody tr').first().waitFor();
        await expectAccessible(page, `${view}, ${colorScheme}`);
      });
    }
  }

  for (const view of views) {
    it(`fits a phone in ${view}`, async () => {
      const page = await open(view, {
        viewport: { width: 360, height: 740 },
        hasTouch: true,
        isMobile: true,
      });
      await page.locator('.row, tbody tr').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(360);
      expect(await page.evaluate("document.querySelector('main').scrollWidth <= 360")).to.equal(true);
    });
  }

  describe('in a browser that has notifications', () => {
    const browser = useBrowser({ isWhole: true });

    afterEach(() => {
      expect(browser.complaints).to.deep.equal([]);
    });

    it('says what gets into issue by the icon of the tab, and by a notification where that is wanted', async () => {
      const page = await browser.open(`${fed.service.url}/#/services`, { permissions: ['notifications'] });
      await row(page, 'fantastic').waitFor();
      await page.evaluate(`{
        window.told_ = [];
        const Shown = Notification;
        window.Notification = class extends Shown {
          constructor(title, options) { super(title, options); window.told_.push(options.body); }
        };
      }`);
      await page.keyboard.press('?');
      await page.getByLabel('show a notification').check();
      await fed.report('newly bad', 'issue');
      await until('it is told of', () =>
        page.evaluate<boolean>("window.told_.some((told) => told.includes('newly bad'))"),
      );
      await page.locator('link[rel=icon][href*="icon-issue"]').waitFor({ state: 'attached' });
      await page.reload();
      await row(page, 'fantastic').waitFor();
      await page.keyboard.press('?');
      expect(await page.getByLabel('show a notification').isChecked()).to.equal(true);
      expect(await page.getByLabel('play a sound').isChecked()).to.equal(false);
      await expectAccessible(page, 'the help');
    });
  });
});
