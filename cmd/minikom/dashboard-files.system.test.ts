import { expect } from 'chai';

import { expectProblem } from './testing/expect-problem.ts';
import { useService } from './testing/use-service.ts';

describe('GET / with READ_TOKENS', () => {
  const service = useService({ environment: { READ_TOKENS: 'geheim-genug-geheim', WRITE_TOKENS: '' } });

  it('serves the page to everybody: what it shows needs the token', async () => {
    const page = await service.send({ path: '/' });
    expect(page.status).to.equal(200);
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).to.include("default-src 'none'");
    expect(page.headers['cache-control']).to.equal('no-cache');
    const links = Array.from(page.text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g), ([, path = '']) => path);
    expect(links).to.have.length.of.at.least(3);
    for (const path of links) {
      const file = await service.send({ path });
      expect(file.status, path).to.equal(200);
      if (path.startsWith('/assets/')) expect(file.headers['cache-control']).to.include('immutable');
    }
    expectProblem(await service.send({ path: '/services' }), 401, 'unauthorized');
  });

  it('compresses for those who take it, and says 304 to those who have it', async () => {
    const plain = await service.send({ path: '/' });
    expect(plain.headers).not.to.have.property('content-encoding');
    const answer = await fetch(service.url, { headers: { 'accept-encoding': 'gzip' } });
    expect(await answer.text()).to.equal(plain.text);
    expect(answer.headers.get('content-encoding')).to.equal('gzip');
    const etag = plain.headers.etag ?? '';
    const again = await service.send({ path: '/', headers: { 'if-none-match': etag } });
    expect({ status: again.status, text: again.text }).to.deep.equal({ status: 304, text: '' });
  });

  it('knows no other files', async () => {
    expectProblem(
      await service.send({
        path: '/assets/nothing.js',
        headers: { authorization: 'Bearer geheim-genug-geheim' },
      }),
      404,
      'not-found',
    );
  });
});
