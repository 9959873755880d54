import { expect } from 'chai';

import { expectProblem, useSurface } from './testing/surface.ts';

describe('GET / with READ_TOKENS', () => {
  const surface = useSurface({ READ_TOKENS: 'geheim-genug-geheim', WRITE_TOKENS: '' }, { headers: {} });

  it('serves the page to everybody: what it shows needs the token', async () => {
    const page = await surface.send({ path: '/' });
    expect(page.status).to.equal(200);
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).to.include("default-src 'none'");
    expect(page.headers['cache-control']).to.equal('no-cache');
    const links = Array.from(page.text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g), ([, path = '']) => path);
    expect(links).to.have.length.of.at.least(3);
    for (const path of links) {
      const file = await surface.send({ path });
      expect(file.status, path).to.equal(200);
      if (path.startsWith('/assets/')) expect(file.headers['cache-control']).to.include('immutable');
    }
    expectProblem(await surface.send({ path: '/services' }), 401, 'unauthorized');
  });

  it('compresses for those who take it, and says 304 to those who have it', async () => {
    const plain = await surface.send({ path: '/' });
    expect(plain.headers).not.to.have.property('content-encoding');
    const answer = await fetch(surface.url, { headers: { 'accept-encoding': 'gzip' } });
    expect(await answer.text()).to.equal(plain.text);
    expect(answer.headers.get('content-encoding')).to.equal('gzip');
    const etag = plain.headers.etag ?? '';
    const again = await surface.send({ path: '/', headers: { 'if-none-match': etag } });
    expect({ status: again.status, text: again.text }).to.deep.equal({ status: 304, text: '' });
  });

  it('knows no other files', async () => {
    expectProblem(
      await surface.send({
        path: '/assets/nothing.js',
        headers: { authorization: 'Bearer geheim-genug-geheim' },
      }),
      404,
      'not-found',
    );
  });
});
