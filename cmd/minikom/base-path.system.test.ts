import { expect } from 'chai';

import { LiveClient } from '../../internal/live/testing/live-client.ts';
import { useBrowser } from './testing/browser.ts';
import { document } from './testing/documented-answers.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

describe('with BASE_PATH', () => {
  const browser = useBrowser();
  const service = useKnownService({
    environment: { BASE_PATH: '/tools/minikom', READ_TOKENS: 'reader-0123456789' },
  });
  const headers = { 'x-api-key': 'reader-0123456789' };

  it('everything is below it', async () => {
    const report = { service_name: 'web', state: 'deploy', timestamp: NOW };
    expect((await service.postEvent(report)).status).to.equal(200);
    const services = await service.send({ path: '/tools/minikom/services?limit=1', headers });
    expect(services.status, services.text).to.equal(200);
    const openApi = await service.send({ path: '/tools/minikom/openapi.json', headers });
    expect(JSON.parse(openApi.text)).to.deep.equal({
      ...document,
      servers: [{ ...document.servers[0], url: '/tools/minikom' }],
    });
    const live = new LiveClient(`${service.url}/tools/minikom`, [], { headers });
    await live.until(({ messages }) => messages.length > 0);
    await live.close();
  });

  it('nothing is elsewhere but the probes', async () => {
    for (const path of [
      '/',
      '/services',
      '/event',
      '/tools',
      '/tools/minikommen',
      '/tools/minikommen/services',
      '/session',
    ]) {
      expectProblem(await service.send({ path, headers }), 404, 'not-found');
    }
    expectProblem(await service.send({ method: 'POST', path: '/event', body: '{}' }), 404, 'not-found');
    const live = new LiveClient(service.url, [], { headers });
    expect(await live.until(() => false).catch((error: unknown) => String(error))).to.include('404');
    for (const path of ['/health', '/ready', '/tools/minikom/health', '/tools/minikom/ready?verbose']) {
      expect((await service.send({ path })).status, path).to.equal(200);
    }
  });

  it('the path alone leads to the page', async () => {
    for (const query of ['', '?utc=1']) {
      const answer = await service.send({ path: `/tools/minikom${query}` });
      expect(answer.status).to.equal(308);
      expect(answer.headers.location).to.equal(`/tools/minikom/${query}`);
    }
  });

  it('the page works there, its session too', async () => {
    const page = await browser.open(`${service.url}/tools/minikom`);
    await page.getByLabel(/asks for a token/).fill('reader-0123456789');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.locator('[data-freshness=live] .freshness-live').waitFor();
    await page.getByText('known').first().waitFor();
    expect((await page.context().cookies())[0]?.path).to.equal('/tools/minikom/');
  });
});
