import { expect } from 'chai';
import type { Page } from 'playwright-core';

import { until } from '../../internal/testing/until.ts';
import { postGood } from './testing/asking.ts';
import { awaitView, expectAccessible, useBrowser } from './testing/browser.ts';
import { useTestService } from './testing/start-test-service.ts';

const HOUR = 3600;

/** How much of the bottom line of a bar is drawn: all of one that is known, as idle is there, too. */
const bottomOf = (page: Page, bar: string) =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(bar)});
    const { data } = canvas.getContext('2d').getImageData(0, canvas.height - 2, canvas.width, 1);
    return data.filter((value, index) => index % 4 === 3 && value > 0).length / canvas.width;
  })()`);

const longName = `a${'-very-long'.repeat(24)}`;
const longEnvironment = 'w'.repeat(255);

describe('the page in a bad hour', () => {
  const browser = useBrowser();
  const now = Math.floor(Date.now() / 1000);
  // Its clock stands still: what is ongoing goes on, however long the tests take.
  const service = useTestService({ now: () => now });

  before(async () => {
    const seen = (service_name: string, state: string, from: number, to: number) =>
      Array.from({ length: Math.ceil((to - from) / 2) }, (_, index) => ({
        service_name,
        state,
        timestamp: from + 2 * index,
      }));
    const events = [
      ...seen('checkout', 'issue', now - 3000, now - 2400),
      ...seen('checkout', 'issue', now - 1800, now),
      ...seen(`${longName} 🚀 שירות`, 'deploy', now - 2000, now - 1900),
      ...seen('quiet', 'deploy', now - 1000, now - 900),
      ...Array.from({ length: 32 }, (_, burst) =>
        seen('flappy', 'issue', now - 3500 + 100 * burst, now - 3494 + 100 * burst),
      ).flat(),
    ];
    await postGood(service, '/events', events);
    const Records = ['prod', 'dev', 'qa', 'staging-eu', longEnvironment].flatMap((Environment) =>
      ['checkout', longName].map((Component) => ({
        ...{
          Component,
          Environment,
          State: 'succeeded',
          Version: 'v1.23.456',
          Timestamp: new Date((now - 90_000) * 1000).toISOString(),
        },
      })),
    );
    await postGood(service, '/records', { Records });
    const run = {
      counters: { payload_counter: 1 },
      messages: [
        {
          ...{ message_type: 'spark-event', generated_at: (now - 83_000) * 1000 },
          content: JSON.stringify({
            ...{ Event: 'SparkListenerApplicationStart', Timestamp: (now - 83_000) * 1000 },
          }),
        },
      ],
    };
    for (const job_name of ['etl', `${longName} ☂ שירות`]) {
      await postGood(service, '/collect', { job_name, run_id: longName, ...run });
    }
  });

  it('draws nothing known as nothing known, while it is awaited and when it fails', async () => {
    const page = await browser.open('about:blank');
    await page.route(/\/(timelines|historical|job-runs|job|stats)\b/, () => undefined);
    await page.goto(`${service.url}/#/services/checkout`);
    await page.locator('.chart-bar').waitFor();
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

  const rowOf = (page: Page, name: string) => page.locator('.rows .row', { hasText: name });
  const placeOf = (page: Page, name: string) => rowOf(page, name).getAttribute('aria-rowindex');

  it('ranks by the last hour, and says how often, also between two bursts', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await rowOf(page, 'flappy').getByText('32 × in 1 h').waitFor();
    await rowOf(page, 'checkout').getByText('2 × in 1 h').waitFor();
    // Of the last 24 hours, 7 and 30 days.
    await rowOf(page, 'checkout')
      .getByText(/^2\.[78] % 2×$/)
      .waitFor();
    expect(await rowOf(page, 'checkout').locator('.row-share').allInnerTexts()).to.deep.include.members([
      ...['0.4 % 2×', '< 0.1 % 2×'],
    ]);
    const bar = await rowOf(page, 'checkout').locator('.bar').boundingBox();
    await page.mouse.move((bar?.x ?? 0) + (bar?.width ?? 0) * 0.9, (bar?.y ?? 0) + 5);
    await page
      .locator('.readout')
      .getByText(/^issue, \d\d:\d\d:\d\d – ongoing, \d\d min \d\d s$/)
      .waitFor();
    // The window's edge, to which it is close, leaves it as wide as it is elsewhere.
    expect((await page.locator('.readout').boundingBox())?.width).to.be.above(200);
    const label = await rowOf(page, 'checkout').locator('.bar').getAttribute('aria-label');
    expect(label).to.match(/^the last hour of checkout: 2 × issue, \d\d min \d\d s in all$/);
    const names = await page.locator('.rows .row-name').allInnerTexts();
    expect(names.slice(0, 3)).to.deep.equal(['checkout', 'flappy', 'quiet']);
  });

  it('says how often from the first answer on, also if it connects late', async () => {
    const page = await browser.open('about:blank');
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/issues') asked++;
    });
    let tries = 0;
    await page.routeWebSocket(/\/live$/, (socket) => {
      if (tries++ === 0) void socket.close();
      else socket.connectToServer();
    });
    await page.goto(`${service.url}/#/services`);
    await rowOf(page, 'flappy').getByText('32 × in 1 h').waitFor();
    expect({ tries, asked }).to.deep.equal({ tries: 2, asked: 1 });
  });

  it('moves no row that is pointed at or has the focus; each row is a link as a whole', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await rowOf(page, 'flappy').getByText('32 × in 1 h').waitFor();
    expect(await placeOf(page, 'quiet')).to.equal('3');
    await rowOf(page, 'flappy').hover();
    const events = Array.from({ length: 1800 }, (_, index) => ({
      ...{ service_name: 'quiet', state: 'issue', timestamp: now - 1799 + index },
    }));
    await postGood(service, '/events', events);
    await rowOf(page, 'quiet').locator('.state-issue').waitFor();
    await page.getByText('order held').waitFor();
    expect(await placeOf(page, 'quiet')).to.equal('3');
    await rowOf(page, 'flappy').getByRole('link').focus();
    await page.mouse.move(0, 0);
    expect(await placeOf(page, 'quiet')).to.equal('3');
    await page.evaluate('document.activeElement.blur()');
    await until('it is in order', async () => (await placeOf(page, 'quiet')) === '2');
    const row = await rowOf(page, 'flappy').boundingBox();
    await page.mouse.click((row?.x ?? 0) + (row?.width ?? 0) - 20, (row?.y ?? 0) + 10);
    await page.getByRole('heading', { name: 'flappy' }).waitFor();
  });

  it('cuts nothing off and lays nothing over anything, on phones and on screens', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    for (const width of [320, 390, 1280, 1600]) {
      await page.setViewportSize({ width, height: 740 });
      for (const [view, title] of [
        ['services', 'Services'],
        ['deployments', 'Deployments'],
        ['jobs', 'Jobs'],
        ['jobs/etl', 'etl'],
        ['services/checkout', 'checkout'],
        ['changes', 'Changes'],
      ] as const) {
        await page.goto(`${service.url}/#/${view}`);
        await awaitView(page, title);
        await page.locator('.rows .row, tbody tr').first().waitFor();
        const faults = await page.evaluate<
          string[]
        >(`[...document.querySelectorAll('.rows .row, tbody tr, .head nav')].flatMap((row) => {
          const cells = [...row.children].map((cell) => [cell, cell.getBoundingClientRect()]);
          const overlaps = cells.some(([a, one], index) => cells.slice(index + 1).some(([b, other]) =>
            Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
            Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1));
          const isCut = cells.some(([cell, { left, right }]) => left < 0 || right > innerWidth);
          // What is cut with an ellipsis has a title that tells it all.
          const isHidden = row.matches('tr') && innerWidth < 640 && cells.some(([cell]) => cell.scrollWidth > cell.clientWidth);
          const isWrapped = row.matches('.row') && cells.some(([, { height }]) => height > 24);
          return overlaps || isCut || isHidden || isWrapped ? [row.innerText.replaceAll('\\n', ' | ')] : [];
        })`);
        expect(faults, `${view} at ${width}`).to.deep.equal([]);
      }
    }
    // One long name takes no room from what is beside it, and is told whole on a closer look.
    await page.goto(`${service.url}/#/deployments`);
    await awaitView(page, 'Deployments');
    await page.getByTitle(longName).waitFor();
    expect(await page.locator('thead th').allInnerTexts()).to.deep.equal([
      ...['Component', 'dev', 'staging-eu', 'prod', 'qa', longEnvironment],
    ]);
    await page.setViewportSize({ width: 660, height: 740 });
    await page.evaluate("document.querySelector('.table').scrollTo({ left: 1000 })");
    const [name, table] = [page.getByRole('link', { name: 'checkout' }), page.locator('.table')];
    expect((await name.boundingBox())?.x).to.be.closeTo((await table.boundingBox())?.x ?? 0, 20);
    await page.locator('tbody tr', { hasText: 'checkout' }).locator('td').nth(4).click();
    await page.getByRole('heading', { name: 'checkout' }).waitFor();
  });

  it('says in place that nothing matches, counts what is searched for, and comes back to it', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    const count = (state: string) => page.locator(`.count-${state} .count-number`);
    await rowOf(page, 'flappy').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('nobody');
    const place = await page.getByText('No service matches “nobody”.').boundingBox();
    expect(place?.y).to.be.below(200);
    expect(await count('issue').innerText()).to.equal('0');
    await expectAccessible(page, 'no match');
    await page.getByRole('button', { name: 'Show all' }).click();
    await rowOf(page, 'checkout').waitFor();
    for (const [filter, words] of [
      ['state=deploy', 'There is no service in deploy now.'],
      ['fav=1', 'There is no favourite service now.'],
    ] as const) {
      await page.goto(`${service.url}/#/services?${filter}`);
      await page.getByText(words).waitFor();
    }
    await page.goto(`${service.url}/#/services?q=flap`);
    await count('issue').getByText('0', { exact: true }).waitFor();
    expect(await count('idle').innerText()).to.equal('1');
    await rowOf(page, 'flappy').getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'flappy' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).to.equal('main');
    await page.getByRole('link', { name: '← All services' }).click();
    await page.waitForURL(/q=flap/);
    for (const title of ['Deployments', 'Jobs']) {
      await page.goto(`${service.url}/#/${title.toLowerCase()}?q=nobody`);
      await awaitView(page, title);
      await page.getByText('matches “nobody”.').waitFor();
    }
  });

  it('says of a span in which nothing was that there is nothing, and of none what was in another', async () => {
    const past = 'from=1600000000&to=1600003600';
    const page = await browser.open(`${service.url}/#/jobs/etl?${past}`);
    for (const [view, title] of [
      ['jobs/etl', 'etl'],
      ['services/checkout', 'checkout'],
      ['changes', 'Changes'],
    ] as const) {
      await page.goto(`${service.url}/#/${view}?${past}`);
      await awaitView(page, title);
      await page.getByText('There is nothing to list.').waitFor();
      expect(
        await page.locator('table:not(:has(tbody tr))').count(),
        `${view}: titles above nothing`,
      ).to.equal(0);
      await expectAccessible(page, `${view}, nothing`);
    }
    await page.goto(`${service.url}/#/services?${past}`);
    const happened = page.getByRole('complementary', { name: 'What happened' });
    await happened.getByText('Nothing in the span.').waitFor();
    // While the answer for another span is awaited, nothing is said of that one.
    await page.route('**/changes?*', () => undefined);
    await page.getByRole('button', { name: '24 h', exact: true }).click();
    await page.waitForURL(/span=/);
    await happened.getByText(/^Nothing/).waitFor({ state: 'detached' });
  });

  it('says what the states mean, and names what each column has', async () => {
    const page = await browser.open(`${service.url}/#/services`);
    await rowOf(page, 'flappy').waitFor();
    for (const name of ['Service', 'State', 'For', 'Issues', 'The last hour']) {
      await page.getByRole('columnheader', { name }).waitFor();
    }
    await page.getByRole('button', { name: '?' }).click();
    await page.getByText('all is well, or the agent is dead').waitFor();
    await expectAccessible(page, 'the help');
    await page.goto(`${service.url}/#/deployments`);
    await awaitView(page, 'Deployments');
    await page
      .getByRole('cell', { name: /succeeded v1.23.456 1 d 1 h ago/ })
      .first()
      .waitFor();
  });

  it('complains of nothing where something was never heard of', async () => {
    const page = await browser.open(`${service.url}/#/services/nobody`);
    await page.getByRole('heading', { name: 'nobody was never reported' }).waitFor();
    await page.goto(`${service.url}/#/jobs/nothing`);
    await page.getByRole('heading', { name: 'nothing was never heard of' }).waitFor();
    expect(browser.complaints).to.deep.equal([]);
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
