import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { until } from '../../internal/testing/until.ts';
import { postReports } from './testing/report-client.ts';
import { useBrowser } from './testing/browser.ts';
import { useTestService } from './testing/start-test-service.ts';

const SPAN = 3600;

describe('the timeline of a service', () => {
  const browser = useBrowser();
  const service = useTestService();

  before(async () => {
    const timestamp = Date.now() / 1000;
    await postReports(service.url, [{ service_name: 'web', state: 'deploy', timestamp }], 1);
  });

  async function open(
    name: string,
    query: string,
  ): Promise<{ page: Page; bar: { x: number; y: number; width: number } }> {
    const page = await browser.open(`${service.url}/#/services/${name}${query}`);
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    const bar = await page.locator('.chart-bar').boundingBox();
    if (bar === null) throw new Error('the timeline is not drawn');
    return { page, bar: { ...bar, y: bar.y + 10 } };
  }

  /** Drags the timeline by `pixels` to the right, one at a time; with Shift, which moves it. */
  async function drag(
    page: Page,
    bar: { x: number; y: number; width: number },
    pixels: number,
  ): Promise<void> {
    const middle = bar.x + bar.width / 2;
    await page.mouse.move(middle, bar.y);
    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(middle + pixels, bar.y, { steps: Math.abs(pixels) });
    await page.mouse.up();
    await page.keyboard.up('Shift');
  }

  /** Drags from one place of a bar to another, each a share of its width. */
  async function mark(
    page: Page,
    bar: { x: number; y: number; width: number },
    ...[from, to]: readonly [number, number]
  ): Promise<void> {
    await page.mouse.move(bar.x + bar.width * from, bar.y);
    await page.mouse.down();
    await page.mouse.move(bar.x + bar.width * to, bar.y, { steps: 5 });
    await page.mouse.up();
  }

  const spanIn = (url: string) => {
    const query = new URLSearchParams(url.split('?')[1]);
    return { from: Number(query.get('from')), to: Number(query.get('to')) };
  };

  it('moves as far as it is dragged, also slowly and away from now', async () => {
    const { page, bar } = await open('web', '');
    await drag(page, bar, 100);
    const seconds = (100 / bar.width) * SPAN;
    await page.waitForURL((url) => {
      const { from, to } = spanIn(url.href);
      return to - from === SPAN && Math.abs(Date.now() / 1000 - to - seconds) < 60;
    });
  });

  it('follows a long movement to its end, and writes the URL seldom, as browsers limit how often a page may', async () => {
    const { page, bar } = await open('web', '?from=1700000000&to=1700003600');
    const steps = 500;
    await page.evaluate(`{
      const { replaceState } = history;
      window.writes_ = 0;
      history.replaceState = (...state) => { window.writes_++; replaceState.apply(history, state); };
      for (let step = 0; step < ${steps}; step++) {
        document.querySelector('.chart-bar').dispatchEvent(new WheelEvent('wheel', { deltaX: -1, cancelable: true }));
      }
    }`);
    const from = 1_700_000_000 - Math.round((steps / bar.width) * SPAN);
    await page.waitForURL(({ href }) => href.includes(`from=${from}&to=${from + SPAN}`));
    expect(await page.evaluate('window.writes_')).to.be.below(50);
  });

  it('keeps its length when it is dragged, however close it is looked at', async () => {
    const { page, bar } = await open('web', '?from=1700000000&to=1700000060');
    await drag(page, bar, -100);
    const from = 1_700_000_000 + Math.round((100 / bar.width) * 60);
    await page.waitForURL(({ href }) => href.includes(`from=${from}&to=${from + 60}`));
  });

  it('is zoomed by the wheel with Ctrl, also in steps that are hardly any', async () => {
    const { page, bar } = await open('web', '?from=1700000000&to=1700000600');
    await page.mouse.move(bar.x + bar.width / 2, bar.y);
    // Without Ctrl the wheel scrolls the page.
    for (let turned = 0; turned < 5; turned++) await page.mouse.wheel(0, 50);
    expect(spanIn(page.url())).to.deep.equal({ from: 1_700_000_000, to: 1_700_000_600 });
    await page.evaluate("document.querySelector('main').scrollTo({ top: 0 })");
    await page.keyboard.down('Control');
    for (let turned = 0; turned < 50; turned++) await page.mouse.wheel(0, 1);
    await page.keyboard.up('Control');
    const seconds = 600 * Math.exp(50 / 400);
    await page.waitForURL((url) => {
      const { from, to } = spanIn(url.href);
      return Math.abs(to - from - seconds) < 10 && Math.abs((from + to) / 2 - 1_700_000_300) < 3;
    });
  });

  it('is zoomed into what is marked, and the way back leads to what was shown before', async () => {
    const { page, bar } = await open('web', '?from=1700000000&to=1700001000');
    await mark(page, bar, 0.25, 0.75);
    await page.waitForURL((url) => {
      const { from, to } = spanIn(url.href);
      return Math.abs(from - 1_700_000_250) < 3 && Math.abs(to - 1_700_000_750) < 3;
    });
    await page.goBack();
    await page.waitForURL(({ href }) => href.includes('from=1700000000&to=1700001000'));
    await page.getByRole('button', { name: '24 h' }).click();
    await page.locator('button[aria-pressed=true]', { hasText: '24 h' }).waitFor();
    await page.goBack();
    await page.waitForURL(({ href }) => href.includes('from=1700000000&to=1700001000'));
  });

  it('is as long as in the list and on all other pages, each of which it is chosen on', async () => {
    const page = await browser.open(`${service.url}/#/services?from=1700000000&to=1700001000`);
    await page.getByRole('columnheader', { name: 'The span' }).waitFor();
    const row = await page.locator('.rows .bar').first().boundingBox();
    if (row === null) throw new Error('the row has no bar');
    // A drag over a row opens nothing.
    await mark(page, { ...row, y: row.y + 5 }, 0.5, 1);
    const isHalf = ({ from, to }: { from: number; to: number }) =>
      Math.abs(from - 1_700_000_500) < 3 && to === 1_700_001_000;
    await page.waitForURL(({ href }) => href.includes('#/services?') && isHalf(spanIn(href)));
    const axis = await page.locator('.row-span').boundingBox();
    if (axis === null) throw new Error('the list has no axis');
    await mark(page, { ...axis, y: axis.y + 5 }, 0, 0.5);
    await page.waitForURL(({ href }) => spanIn(href).to < 1_700_000_800);
    await page.goBack();
    await page.waitForURL(({ href }) => isHalf(spanIn(href)));
    for (const [view, told] of [
      ['Changes', 'The newest changes of the span'],
      ['Jobs', 'No job has been heard of yet'],
      ['Deployments', 'No deployment has been recorded yet'],
      ['Services', 'web'],
    ] as const) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByText(told).first().waitFor();
      expect(isHalf(spanIn(page.url())), view).to.equal(true);
    }
    await page.locator('.row-name a').click();
    await page.locator('.chart-bar').waitFor();
    expect(isHalf(spanIn(page.url()))).to.equal(true);
    await page.getByRole('button', { name: '30 d' }).click();
    await page.getByRole('link', { name: '← All services' }).click();
    await page.getByRole('columnheader', { name: 'The last 30 days' }).waitFor();
    await page.getByText('From – to').click();
    await page.getByLabel('From', { exact: true }).fill('2023-11-14T22:00');
    await page.getByLabel('To', { exact: true }).fill('2023-11-14T21:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByLabel('To', { exact: true }).fill('2023-11-14T23:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.waitForURL(({ href }) => spanIn(href).to - spanIn(href).from === 3600);
  });

  it('tells what it shows where it is pointed at, and with the keyboard', async () => {
    const start = 1_690_000_000;
    const reports = Array.from({ length: 30 }, (_, index) => ({
      ...{ service_name: 'read', state: 'issue' as const, timestamp: start + 2 * index },
    }));
    await postReports(service.url, reports, 20);
    const { page, bar } = await open('read', `?from=${start - 60}&to=${start + 180}&utc=1`);
    await page.getByRole('row', { name: '59 s' }).waitFor();
    const readout = page.locator('.readout');
    // What is told above the bar moves it when it comes, and a bar that moved away is not pointed at any more.
    const pointAt = (share: number, told: RegExp) =>
      until(`${told} is read`, async () => {
        await page.locator('.chart-bar').hover({ position: { x: bar.width * share, y: 10 } });
        return told.test(await readout.innerText());
      });
    await pointAt(0.4, /^issue, 2023-07-22 04:26:40 – 04:27:39, 59 s$/);
    await pointAt(0.9, /^idle, 2023-07-22 04:27:39 – /);
    await page.getByRole('heading', { name: 'read' }).hover();
    await readout.waitFor({ state: 'hidden' });
    await page.locator('.chart-bar').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await readout.getByText(/^issue, .* 59 s$/).waitFor();
  });

  it('tells what it shows where it has the focus, also while it is scrolled into sight, until it is out of it', async () => {
    const { page } = await open('web', '');
    await page.setViewportSize({ width: 400, height: 200 });
    const [readout, chart] = [page.locator('.readout'), page.locator('.chart-bar')];
    const scrolled = (to: string) =>
      page.evaluate(`new Promise((resolve) => {
        addEventListener('scroll', resolve, { once: true });
        ${to};
      }).then(() => undefined)`);
    await scrolled('scrollTo(0, 1000)');
    expect((await chart.boundingBox())?.y, 'it is out of sight').to.be.below(0);
    await scrolled("document.querySelector('.chart-bar').focus()");
    const place = await chart.boundingBox();
    expect(await readout.innerText()).to.match(/^(deploy|idle), /);
    expect(place?.y).to.be.within(0, 200);
    await scrolled('scrollTo(0, 1000)');
    await readout.waitFor({ state: 'hidden' });
  });

  it('stays where it is when the live connection comes later than its history', async () => {
    await postReports(
      service.url,
      [{ service_name: 'still', state: 'issue', timestamp: Date.now() / 1000 }],
      1,
    );
    const page = await browser.open('about:blank');
    let letThrough: () => void = () => undefined;
    const isLet = new Promise<void>((resolve) => (letThrough = resolve));
    await page.routeWebSocket(/live/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => void isLet.then(() => socket.send(message)));
    });
    await page.goto(`${service.url}/#/services/still`);
    await page.locator('tbody tr').waitFor();
    const before = await page.locator('.chart-bar').boundingBox();
    letThrough();
    await page.locator('.now').getByText('issue').waitFor();
    const after = await page.locator('.chart-bar').boundingBox();
    // A line is some 20 pixels high; a font of another height makes up for a few.
    expect(after?.y).to.be.closeTo(before?.y ?? 0, 5);
  });

  it('tells what changed before an issue, and when that began, though it was before the span', async () => {
    const start = 1_700_000_000;
    const reports = [
      { service_name: 'shop', state: 'deploy' as const, timestamp: start - 60 },
      ...Array.from({ length: 60 }, (_, index) => ({
        service_name: 'shop',
        state: 'issue' as const,
        timestamp: start + 2 * index,
      })),
    ];
    await postReports(service.url, reports, 20);
    const page = await browser.open(
      `${service.url}/#/services/shop?from=${start + 10}&to=${start + 100}&utc=1`,
    );
    await page.getByText('of its own, which ended 59 s before').waitFor();
    await page
      .getByRole('row', { name: '2023-11-14 22:13:20 after 2023-11-14 22:15:00 more than' })
      .waitFor();
    expect(await page.locator('tbody tr').count()).to.equal(1);
  });

  it('shows each label of its axis whole, on a phone, too', async () => {
    for (const width of [360, 390, 1280]) {
      const page = await browser.open(`${service.url}/#/services/web`, { viewport: { width, height: 740 } });
      await page.locator('.axis span').first().waitFor();
      for (const seconds of [60, SPAN, 86_400, 7 * 86_400, 90 * 86_400]) {
        await page.goto(`${service.url}/#/services/web?from=1700000000&to=${1_700_000_000 + seconds}`);
        await page.waitForFunction(`document.querySelectorAll('.axis span').length > 0`);
        const cut = await page.evaluate<string[]>(`(() => {
          const labels = [...document.querySelectorAll('.axis span')];
          const end = document.querySelector('.axis').getBoundingClientRect().right;
          return labels
            .filter((label, index) => label.getBoundingClientRect().right >
              (labels[index + 1]?.getBoundingClientRect().left ?? end))
            .map((label) => label.textContent);
        })()`);
        expect(cut, `${seconds} s at ${width} pixels`).to.deep.equal([]);
      }
    }
  });
});
