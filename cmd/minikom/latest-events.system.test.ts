import { expect } from 'chai';

import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

describe('GET /services/:name/latest-events', () => {
  const service = useKnownService();
  const pathOf = (name: string) => `/services/${name}/latest-events`;

  it('tells the newest interval first, ongoing until the service is idle', async () => {
    await service.postEvent({ service_name: 'known', state: 'issue', timestamp: NOW });
    const deploy = { state: 'deploy', start_time: NOW - 5, end_time: NOW - 4 };
    const ongoing = await service.send({ path: pathOf('known') });
    expect(ongoing.headers['cache-control']).to.equal('no-store');
    expect(JSON.parse(ongoing.text)).to.deep.equal([
      { state: 'issue', start_time: NOW, end_time: null },
      deploy,
    ]);
    service.nowSeconds = NOW + 12;
    expect(await getJson(service, pathOf('known'))).to.deep.equal([
      { state: 'issue', start_time: NOW, end_time: NOW + 1 },
      deploy,
    ]);
  });

  it('reads the name percent-encoded, whatever of it is encoded', async () => {
    expect((await service.send({ path: pathOf('%6b%6E%6fwn') })).status).to.equal(200);
  });

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, text } = await service.send({ method: 'HEAD', path: pathOf('known') });
    expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });

  const unknown = [
    'other',
    'KNOWN',
    'known%20',
    '..',
    '.',
    '%00',
    'a'.repeat(256),
    '__proto__',
    '%2e%2e%2fknown',
  ];
  for (const name of unknown) {
    it(`is 404 for a service that was never reported: ${name.slice(0, 20)}`, async () => {
      expectProblem(await service.send({ path: pathOf(name) }), 404, 'not-found');
      const head = await service.send({ method: 'HEAD', path: pathOf(name) });
      expect({ status: head.status, text: head.text }).to.deep.equal({ status: 404, text: '' });
    });
  }
});
