import type { OutgoingHttpHeaders } from 'node:http';

import { expect } from 'chai';

import { expectProblem, NOW, useSurface } from './testing/surface.ts';

const report = { service_name: 'web', state: 'deploy', timestamp: NOW };

describe('a page in a browser', () => {
  const surface = useSurface();

  const foreign: readonly OutgoingHttpHeaders[] = [
    { host: 'minikom.test:8080', origin: 'http://evil.test' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test:9090' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test.evil.test:8080' },
    { host: 'minikom.test', origin: 'https://minikom.test' },
    { host: 'minikom.test', origin: 'http://minikom.test', 'x-forwarded-proto': 'https' },
    { host: 'minikom.test:443', origin: 'http://minikom.test' },
    { host: 'minikom.test:8080', origin: 'null' },
    { host: 'minikom.test:8080', origin: 'not a URL' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test:8080', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    it(`may not write from elsewhere: ${JSON.stringify(headers)}`, async () => {
      expectProblem(await surface.postEvent(report, headers), 403, 'cross-origin');
      await surface.expectUntouched();
    });

    it(`gets no leave to read from elsewhere: ${JSON.stringify(headers)}`, async () => {
      const answer = await surface.send({ path: '/services', headers });
      expect(answer.status).to.equal(200);
      expect(answer.headers).to.not.have.property('access-control-allow-origin');
    });
  }

  const own: readonly OutgoingHttpHeaders[] = [
    {},
    { host: 'minikom.test:8080', origin: 'http://minikom.test:8080', 'sec-fetch-site': 'same-origin' },
    { host: 'Minikom.test:8080', origin: 'http://minikom.test:8080' },
    { host: 'minikom.test:80', origin: 'http://minikom.test' },
    { host: 'minikom.test', origin: 'https://minikom.test', 'x-forwarded-proto': 'https' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of own) {
    it(`may write from here: ${JSON.stringify(headers)}`, async () => {
      expect((await surface.postEvent(report, headers)).status).to.equal(200);
    });
  }
});
