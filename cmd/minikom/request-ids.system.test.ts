import { expect } from 'chai';

import { exchange } from '../../internal/testing/wire.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { useKnownService } from './testing/use-service.ts';

describe('every answer has a request id', () => {
  const service = useKnownService();
  const idFor = async (given: string | string[], path = '/services') =>
    (await service.send({ path, headers: { 'x-request-id': given } })).headers['x-request-id'];

  it("the caller's own, if it is valid", async () => {
    for (const id of ['a', 'trace-1:2.3_4', '0af7651916cd43dd8448eb211c80319c', 'x'.repeat(128)]) {
      expect(await idFor(id)).to.equal(id);
    }
  });

  it('one of its own in place of one that is not', async () => {
    for (const id of ['', 'two words', 'x'.repeat(129), '{"a":1}', 'naïve', ['a', 'b']]) {
      expect(await idFor(id))
        .to.match(/^[\w-]+$/)
        .and.not.equal(id);
    }
  });

  it('a new one for each request without', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.send({ path: '/health' })));
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).to.equal(20);
  });

  it('also if it is a refusal', async () => {
    expect(await idFor('mine', '/nowhere')).to.equal('mine');
    const posted = await service.postEvent('no JSON', { 'x-request-id': 'mine' });
    expect(posted.headers['x-request-id']).to.equal('mine');
    const [noHost] = await exchange(service.port, 'GET / HTTP/1.1\r\nX-Request-Id: mine\r\n\r\n');
    expect(noHost?.headers['x-request-id']).to.equal('mine');
    const [noHttp] = await exchange(service.port, 'hello\r\n\r\n');
    expectProblem(noHttp, 400, 'invalid-request');
  });
});
