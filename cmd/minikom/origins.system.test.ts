import type { OutgoingHttpHeaders } from 'node:http';

import { expect } from 'chai';

import { LiveClient } from '../../internal/live/testing/live-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const report = { service_name: 'web', state: 'deploy', timestamp: NOW };

describe('a page in a browser', () => {
  const service = useKnownService({ environment: { ALLOWED_HOSTS: 'minikom.test' } });

  const foreign: readonly OutgoingHttpHeaders[] = [
    { host: 'minikom.test:8080', origin: 'http://evil.test' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test:9090' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test.evil.test:8080' },
    { host: 'minikom.test', origin: 'https://minikom.test' },
    { host: 'minikom.test', origin: 'https://minikom.test', 'x-forwarded-proto': 'https' },
    { host: 'localhost', origin: 'http://minikom.test', 'x-forwarded-host': 'minikom.test' },
    { host: 'minikom.test:443', origin: 'http://minikom.test' },
    { host: 'minikom.test:8080', origin: 'null' },
    { host: 'minikom.test:8080', origin: 'not a URL' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'minikom.test:8080', origin: 'http://minikom.test:8080', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    it(`may not write from elsewhere: ${JSON.stringify(headers)}`, async () => {
      expectProblem(await service.postEvent(report, headers), 403, 'cross-origin');
      await service.expectUntouched();
    });

    it(`gets no leave to read from elsewhere: ${JSON.stringify(headers)}`, async () => {
      const answer = await service.send({ path: '/services', headers });
      expect(answer.status).to.equal(200);
      expect(answer.headers).to.not.have.property('access-control-allow-origin');
    });
  }

  const own: readonly OutgoingHttpHeaders[] = [
    {},
    { host: 'minikom.test:8080', origin: 'http://minikom.test:8080', 'sec-fetch-site': 'same-origin' },
    { host: 'Minikom.test:8080', origin: 'http://minikom.test:8080' },
    { host: 'minikom.test:80', origin: 'http://minikom.test' },
    { host: 'minikom.test', origin: 'http://minikom.test', 'x-forwarded-proto': 'https' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of own) {
    it(`may write from here: ${JSON.stringify(headers)}`, async () => {
      expect((await service.postEvent(report, headers)).status).to.equal(200);
    });
  }
});

describe('a page behind a proxy that is trusted', () => {
  const service = useKnownService({
    environment: { ALLOWED_HOSTS: 'minikom.test', TRUST_PROXY: '127.0.0.0/8' },
  });
  const told = { host: '127.0.0.1:8080', 'x-forwarded-host': 'minikom.test', 'x-forwarded-proto': 'https' };

  it('may write from where the proxy says that it is', async () => {
    for (const headers of [
      { host: 'minikom.test', origin: 'https://minikom.test', 'x-forwarded-proto': 'https' },
      { ...told, origin: 'https://minikom.test' },
      { ...told, origin: 'https://minikom.test', 'sec-fetch-site': 'same-origin' },
      { host: 'minikom.test', origin: 'https://minikom.test' },
      { host: 'minikom.test', origin: 'http://minikom.test' },
      { host: '127.0.0.1:8080', origin: 'https://minikom.test', 'sec-fetch-site': 'same-origin' },
    ]) {
      const answer = await service.postEvent(report, headers);
      expect(answer.status, JSON.stringify(headers)).to.equal(200);
    }
  });

  it('may not write from elsewhere', async () => {
    for (const headers of [
      { host: 'minikom.test', origin: 'http://minikom.test', 'x-forwarded-proto': 'https' },
      { ...told, origin: 'http://minikom.test' },
      { ...told, origin: 'https://evil.test' },
      { ...told, origin: 'https://127.0.0.1:8080' },
      { host: '127.0.0.1:8080', origin: 'https://minikom.test' },
      { host: '127.0.0.1:8080', origin: 'https://minikom.test', 'sec-fetch-site': 'cross-site' },
    ]) {
      expectProblem(await service.postEvent(report, headers), 403, 'cross-origin');
    }
    await service.expectUntouched();
  });

  it('may call the service by its names only, in what the proxy says as well', async () => {
    const headers = { host: '127.0.0.1:8080', 'x-forwarded-host': 'evil.test' };
    expectProblem(await service.send({ path: '/services', headers }), 421, 'misdirected');
    expectProblem(
      await service.send({ path: '/services', headers: { ...told, host: 'evil.test' } }),
      421,
      'misdirected',
    );
    expect((await service.send({ path: '/services', headers: told })).status).to.equal(200);
  });

  it('has a session that is sent over HTTPS only', async () => {
    const session = await service.send({ method: 'DELETE', path: '/session', headers: told });
    expect(session.headers['set-cookie']?.[0]).to.match(/; Secure$/);
  });
});

describe('a page that has its own name lead to a service on loopback', () => {
  const service = useKnownService();
  const rebound = {
    host: 'evil.test:8080',
    origin: 'http://evil.test:8080',
    'sec-fetch-site': 'same-origin',
  };

  it('may neither write nor read nor load the dashboard nor watch', async () => {
    expectProblem(await service.postEvent(report, rebound), 421, 'misdirected');
    for (const path of ['/services', '/', '/openapi.json', '/nowhere', '/live']) {
      for (const headers of [rebound, { host: rebound.host }]) {
        expectProblem(await service.send({ path, headers }), 421, 'misdirected');
      }
    }
    await service.expectUntouched();
    const client = new LiveClient(service.url, [], { headers: { ...rebound } });
    expect(await client.until(() => false).catch((error: unknown) => String(error))).to.include('421');
  });

  it('may see that the service is alive, as orchestrators ask by an address', async () => {
    for (const path of ['/health', '/ready']) {
      expect((await service.send({ path, headers: { host: '10.0.0.7:8080' } })).status).to.equal(200);
    }
  });

  it('is not taken for what this machine calls itself', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const host = `${name}:8080`;
      expect((await service.postEvent(report, { host, origin: `http://${host}` })).status).to.equal(200);
    }
  });
});

describe('a page of another origin that is named', () => {
  const service = useKnownService({
    environment: { CORS_ORIGINS: 'https://status.test', READ_TOKENS: 'r'.repeat(16) },
  });
  const named = { origin: 'https://status.test', 'sec-fetch-site': 'cross-site' };
  const allowed = 'access-control-allow-origin';

  it('may read and write, as its browser is told', async () => {
    const written = await service.postEvent(report, named);
    expect([written.status, written.headers[allowed]]).to.deep.equal([200, named.origin]);
    const read = await service.send({
      path: '/services',
      headers: { ...named, authorization: `Bearer ${'r'.repeat(16)}` },
    });
    expect([read.status, read.headers[allowed], read.headers.vary]).to.deep.equal([
      200,
      named.origin,
      'Origin',
    ]);
  });

  it('may ask whether it may, without a token, and see what is wrong', async () => {
    const headers = { ...named, 'access-control-request-method': 'PUT' };
    const asked = await service.send({ method: 'OPTIONS', path: '/services/web', headers });
    expect(asked.status).to.equal(204);
    expect(asked.headers).to.include({ [allowed]: named.origin });
    expect(asked.headers['access-control-allow-methods']).to.include('PUT');
    expect(asked.headers['access-control-allow-headers']).to.include('Authorization');
    const refused = await service.send({ path: '/services', headers: named });
    expect([refused.status, refused.headers[allowed]]).to.deep.equal([401, named.origin]);
  });

  it('opens no door to others', async () => {
    for (const origin of [
      'https://evil.test',
      'http://status.test',
      'https://status.test.evil.test',
      '*',
      'null',
    ]) {
      const headers = { origin, 'access-control-request-method': 'POST' };
      const asked = await service.send({ method: 'OPTIONS', path: '/event', headers });
      expect(asked.headers, origin).to.not.have.property(allowed);
      expectProblem(await service.postEvent(report, { origin }), 403, 'cross-origin');
    }
  });
});

describe('a service that pages of any origin may read', () => {
  const service = useKnownService({ environment: { CORS_ORIGINS: '*' } });
  const foreign = { origin: 'https://anybody.test', 'sec-fetch-site': 'cross-site' };

  it('lets them read, and not write', async () => {
    const read = await service.send({ path: '/services', headers: foreign });
    expect([read.status, read.headers['access-control-allow-origin']]).to.deep.equal([200, '*']);
    expectProblem(await service.postEvent(report, foreign), 403, 'cross-origin');
    const headers = { ...foreign, 'access-control-request-method': 'POST' };
    const asked = await service.send({ method: 'OPTIONS', path: '/event', headers });
    expect(asked.headers['access-control-allow-methods']).to.equal('GET, HEAD, OPTIONS');
  });
});
