import { expect } from 'chai';

import { NOW, useSurface } from './testing/surface.ts';

describe('GET /services', () => {
  const surface = useSurface();

  it('tells the state of every service and since when, as JSON that nothing caches', async () => {
    await surface.postEvent({ service_name: 'web', state: 'issue', timestamp: NOW });
    const { status, headers, text } = await surface.send({ path: '/services' });
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
    expect(headers['cache-control']).to.equal('no-store');
    expect(JSON.parse(text)).to.deep.equal({
      known: { state: 'deploy', since: NOW - 5 },
      web: { state: 'issue', since: NOW },
    });
  });

  it('calls a service idle once no report can be on its way any more', async () => {
    surface.nowSeconds = NOW - 5 + 1 + 1 + 10;
    const { text } = await surface.send({ path: '/services' });
    expect(text).to.equal(`{"known":{"state":"idle","since":${NOW - 4}}}`);
  });

  it('takes a query it does not know', async () => {
    expect((await surface.send({ path: '/services?x=%zz' })).status).to.equal(200);
  });

  it('answers HEAD with the headers alone', async () => {
    const get = await surface.send({ path: '/services' });
    const { status, headers, text } = await surface.send({ method: 'HEAD', path: '/services' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    expect(headers['content-length']).to.equal(String(get.text.length));
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });
});
