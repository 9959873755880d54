import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { testCertificate } from '../../internal/testing/certificate.ts';
import { dial, readAnswers } from '../../internal/testing/wire.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

describe('with TLS_CERT_FILE and TLS_KEY_FILE', () => {
  let folder: string;
  let service: TestService;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-tls-'));
    const environment = { TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: join(folder, 'key.pem') };
    await writeFile(environment.TLS_CERT_FILE, testCertificate.cert);
    await writeFile(environment.TLS_KEY_FILE, testCertificate.key);
    service = await startTestService({ environment, now: () => 1_700_000_000 });
  });

  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it('serves https', async () => {
    expect(service.url).to.match(/^https:\/\/localhost:\d+$/);
    const report = { service_name: 'web', state: 'deploy', timestamp: 1_700_000_000 };
    const ca = testCertificate.cert;
    const body = JSON.stringify(report);
    const posted = await service.send({ method: 'POST', path: '/event', body, ca });
    expect(posted.status).to.equal(200);
    const services = await service.send({ path: '/services', ca });
    expect(services.text).to.equal('{"web":{"state":"deploy","since":1700000000}}');
  });

  it('tells nothing to a caller who speaks plain HTTP, and goes on', async () => {
    const socket = await dial(new URL(service.url).port);
    socket.write('GET /services HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await readAnswers(socket)).to.deep.equal([]);
    const { status } = await service.send({ path: '/health', ca: testCertificate.cert });
    expect(status).to.equal(200);
  });
});
