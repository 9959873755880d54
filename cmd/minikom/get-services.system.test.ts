import { expect } from 'chai';

import { getJson, pagesOf } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

describe('GET /services', () => {
  const service = useKnownService();

  it('tells the state of every service and since when, as JSON that nothing caches', async () => {
    await service.postEvent({ service_name: 'web', state: 'issue', timestamp: NOW });
    const { status, headers, text } = await service.send({ path: '/services' });
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
    expect(headers['cache-control']).to.equal('no-store');
    expect(JSON.parse(text)).to.deep.equal({
      known: { state: 'deploy', since: NOW - 5 },
      web: { state: 'issue', since: NOW },
    });
  });

  it('calls a service idle once no report can be on its way any more', async () => {
    service.nowSeconds = NOW - 5 + 1 + 1 + 10;
    const { text } = await service.send({ path: '/services' });
    expect(text).to.equal(`{"known":{"state":"idle","since":${NOW - 4}}}`);
  });

  it('takes a query it does not know', async () => {
    expect((await service.send({ path: '/services?x=%e2%98%82' })).status).to.equal(200);
  });

  /** All pages, one after the other. */
  async function allPages(query: string): Promise<{ name: string; state: string; since: number }[][]> {
    const pages: { name: string; state: string; since: number }[][] = [];
    const read = async (cursor: string) =>
      (await getJson(service, `/services?${query}${cursor}`)) as {
        services: (typeof pages)[number];
        next_cursor: string | null;
      };
    for await (const { services } of pagesOf(read)) pages.push(services);
    return pages;
  }

  it('tells them in pages, by name', async () => {
    for (const service_name of ['web/2', 'web', 'zoo', '__proto__', 'web/1', '☂'])
      await service.postEvent({ service_name, state: 'issue', timestamp: NOW });
    const names = ['__proto__', 'known', 'web', 'web/1', 'web/2', 'zoo', '☂'];
    for (const limit of [1, 2, 3, 7, 1000]) {
      const pages = await allPages(`limit=${limit}`);
      expect(pages.flat().map(({ name }) => name)).to.deep.equal(names);
      expect(pages.map(({ length }) => length)).to.deep.equal(
        Array.from({ length: Math.ceil(7 / limit) }, (_, page) => Math.min(limit, 7 - page * limit)),
      );
    }
    expect(await allPages('state=deploy')).to.deep.equal([
      [{ name: 'known', state: 'deploy', since: NOW - 5 }],
    ]);
    const web = { state: 'issue', since: NOW };
    expect(await allPages('prefix=web/&limit=1')).to.deep.equal([
      [{ name: 'web/1', ...web }],
      [{ name: 'web/2', ...web }],
    ]);
    expect(await allPages('prefix=web&state=idle')).to.deep.equal([[]]);
    expect(await allPages('prefix=nobody')).to.deep.equal([[]]);
  });

  it('goes on where a page ended, whatever comes in between', async () => {
    await service.postEvent({ service_name: 'web', state: 'issue', timestamp: NOW });
    const first = (await getJson(service, '/services?limit=1')) as object;
    expect(first).to.have.nested.property('services[0].name', 'known');
    const cursor = String(Object.entries(first)[1]?.[1]);
    for (const service_name of ['a', 'l']) await service.postEvent({ service_name, state: 'issue', timestamp: NOW }); // prettier-ignore
    const [rest = []] = await allPages(`cursor=${cursor}`);
    expect(rest.map(({ name }) => name)).to.deep.equal(['l', 'web']);
  });

  it('refuses what is no page', async () => {
    for (const query of [
      'limit=0',
      'limit=1001',
      'cursor=x',
      'state=up',
      'prefix=',
      'prefix=%00',
      'limit=1&limit=2',
    ]) {
      const answer = await service.send({ path: `/services?${query}` });
      const { errors } = expectProblem(answer, 400, 'invalid-request');
      expect(errors?.map(({ field }) => field)).to.deep.equal([query.split('=')[0]]);
    }
  });

  it('answers HEAD with the headers alone', async () => {
    const get = await service.send({ path: '/services' });
    const { status, headers, text } = await service.send({ method: 'HEAD', path: '/services' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    expect(headers['content-length']).to.equal(String(get.text.length));
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });
});
