import type { OutgoingHttpHeaders } from 'node:http';

import { expect } from 'chai';

import { LiveClient } from '../../internal/live/testing/live-client.ts';
import { expectProblem, NOW, useSurface } from './testing/surface.ts';

const report = { service_name: 'web', state: 'deploy', timestamp: NOW };

describe('a page in a browser', () => {
  const surface = useSurface({ ALLOWED_HOSTS: 'minikom.test' });

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

describe('a page that has its own name lead to a service on loopback', () => {
  const surface = useSurface();
  const rebound = {
    host: 'evil.test:8080',
    origin: 'http://evil.test:8080',
    'sec-fetch-site': 'same-origin',
  };

  it('may neither write nor read nor load the dashboard nor watch', async () => {
    expectProblem(await surface.postEvent(report, rebound), 421, 'misdirected');
    for (const path of ['/services', '/', '/openapi.json', '/nowhere', '/live']) {
      for (const headers of [rebound, { host: rebound.host }]) {
        expectProblem(await surface.send({ path, headers }), 421, 'misdirected');
      }
    }
    await surface.expectUntouched();
    const client = new LiveClient(surface.url, [], { headers: { ...rebound } });
    expect(await client.until(() => false).catch((error: unknown) => String(error))).to.include('421');
  });

  it('may see that the service is alive, as orchestrators ask by an address', async () => {
    for (const path of ['/health', '/ready']) {
      expect((await surface.send({ path, headers: { host: '10.0.0.7:8080' } })).status).to.equal(200);
    }
  });

  it('is not taken for what this machine calls itself', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const host = `${name}:8080`;
      expect((await surface.postEvent(report, { host, origin: `http://${host}` })).status).to.equal(200);
    }
  });
});
