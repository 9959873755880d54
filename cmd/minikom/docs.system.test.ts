import { expect } from 'chai';

import { useBrowser } from './testing/browser.ts';
import { document } from './testing/documented-answers.ts';
import { useService } from './testing/use-service.ts';

const TOKEN = 'reader-0123456789';

describe('GET /docs', () => {
  const browser = useBrowser();
  const service = useService({ environment: { BASE_PATH: '/tools/minikom', READ_TOKENS: TOKEN } });

  it('shows every operation below a path, asks nobody else for anything, and says where a token is asked for', async () => {
    const page = await browser.open(`${service.url}/tools/minikom/docs`);
    await page.getByText('A token is needed').waitFor();
    browser.complaints.length = 0;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.setExtraHTTPHeaders({ 'x-api-key': TOKEN });
    await page.reload();
    await page.locator('.opblock').first().waitFor();
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
    expect(await page.locator('.opblock').count()).to.equal(operations.length);
    await page.getByText('/services/{name}/latest-events').click();
    await page.getByText('The service was never reported.').first().waitFor();
    expect(
      asked.filter((url) => !url.startsWith(`${service.url}/tools/minikom/`) && !url.startsWith('data:')),
    ).to.deep.equal([]);
    expect(browser.complaints).to.deep.equal([]);
  });
});
