import { expect } from 'chai';

import { postGood } from './testing/asking.ts';
import { useBrowser } from './testing/browser.ts';
import { useTestService } from './testing/start-test-service.ts';

const SERVICES = 20;
const SECONDS = 3000;
const MOST_BYTES = 1_000_000;

describe('the page of services that change state each second', () => {
  const browser = useBrowser();
  const service = useTestService();

  before(async () => {
    const now = Math.floor(Date.now() / 1000) - 200;
    const reports = Array.from({ length: SERVICES * SECONDS }, (_, index) => ({
      service_name: `flapping ${index % SERVICES}`,
      state: Math.floor(index / SERVICES) % 2 === 0 ? ('issue' as const) : ('deploy' as const),
      timestamp: now - Math.floor(index / SERVICES),
    }));
    for (let at = 0; at < reports.length; at += 10_000) {
      await postGood(service, '/events', reports.slice(at, at + 10_000));
    }
  });

  it('draws their share, lists the newest intervals, and asks for less than a megabyte at once', async () => {
    const page = await browser.open('about:blank');
    const bodies: Promise<{ readonly path: string; readonly bytes: number }>[] = [];
    page.on('response', (answer) => {
      const { pathname } = new URL(answer.url());
      if (!pathname.startsWith('/timelines')) return;
      bodies.push(answer.body().then(({ length }) => ({ path: answer.url(), bytes: length })));
    });
    await page.goto(`${service.url}/#/services`);
    await page.locator('.row-bar [aria-label*=" × issue"]').first().waitFor();
    const label = await page.locator('.row-bar [aria-label]').first().getAttribute('aria-label');
    expect(label).to.match(/1,?500 × issue, 25 min 00 s in all; 1,?500 × deploy, 25 min 00 s in all/);
    const bar = await page.locator('.row-bar canvas').first().boundingBox();
    if (bar === null) throw new Error('no bar is drawn');
    await page.mouse.move(bar.x + bar.width / 2, bar.y + bar.height / 2);
    await page.getByText(/^\d+ × issue, \d+ × deploy, .* in issue (4\d|5\d)\.\d % of it$/).waitFor();
    await page.goto(`${service.url}/#/services/flapping%200?span=86400`);
    await page.getByText(/Intervals of the span.*: the newest 200 of 3,000/).waitFor();
    expect(await page.locator('table tbody tr').count()).to.be.at.least(200);
    const read = await Promise.all(bodies);
    expect(read).to.have.length.above(2);
    for (const { path, bytes } of read) expect(bytes, path.slice(0, 200)).to.be.below(MOST_BYTES);
  });
});
