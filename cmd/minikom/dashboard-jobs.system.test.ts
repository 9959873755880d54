import { expect } from 'chai';

import { postGood } from './testing/asking.ts';
import { useBrowser } from './testing/browser.ts';
import { useTestService } from './testing/start-test-service.ts';

const RUNS = 210;

describe('the jobs of the dashboard', () => {
  const browser = useBrowser();
  const service = useTestService();

  before(async () => {
    const collect = (job_name: string, run_id: string) =>
      postGood(service, '/collect', { job_name, run_id, counters: { payload_counter: 1 }, messages: [] });
    await collect('yearly', 'needle');
    for (let run = 0; run < RUNS; run++) await collect('hourly', `run ${run}`);
  });

  it('are found though two hundred others are newer, and paged through', async () => {
    const page = await browser.open(`${service.url}/#/jobs`);
    await page.getByText('The newest 200 runs, lost ones first').waitFor();
    expect(await page.getByRole('link', { name: 'needle' }).count()).to.equal(0);
    await page.getByRole('searchbox').fill('NEEDLE');
    await page.getByRole('link', { name: 'needle' }).waitFor();
    await page.getByText('The newest 1 run with “NEEDLE”').waitFor();
    await page.getByRole('searchbox').fill('no such');
    await page.getByText('No run matches “no such”.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('The newest 200 runs, lost ones first').waitFor();
    await page.getByRole('link', { name: 'Older' }).click();
    await page.getByText('The next 11 runs, lost ones first').waitFor();
    await page.getByRole('link', { name: 'needle' }).waitFor();
    await page.getByRole('link', { name: 'Newest' }).click();
    await page.getByText('The newest 200 runs, lost ones first').waitFor();
  });
});
