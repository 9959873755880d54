import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

import { expect } from 'chai';

import { testCertificate } from '../../internal/testing/certificate.ts';
import { dial, exchange, readAnswers } from '../../internal/testing/wire.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const body = '{"service_name":"offered","state":"deploy","timestamp":1700000000}';
const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n';
const head = `POST /event HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: ${body.length}\r\n\r\n`;
const question = 'GET /services HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

// HTTP clients of Java do so with every first request.
describe('a request that offers to go on in another protocol', () => {
  let folder: string;
  let plain: TestService;
  let secure: TestService;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-upgrade-'));
    const environment = { TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: join(folder, 'key.pem') };
    await writeFile(environment.TLS_CERT_FILE, testCertificate.cert);
    await writeFile(environment.TLS_KEY_FILE, testCertificate.key);
    plain = await startTestService({ now: () => 1_700_000_000 });
    secure = await startTestService({ environment, now: () => 1_700_000_000 });
  });

  after(async () => {
    for (const service of [plain, secure]) await service.stop();
    await rm(folder, { recursive: true });
  });

  it('is served in this one, and so is the next on its connection', async () => {
    const { port } = new URL(plain.url);
    const answers = await exchange(port, head + body + question);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    const [services] = await exchange(port, question);
    expect(services?.text).to.equal('{"offered":{"state":"deploy","since":1700000000}}');
  });

  it('is served also if its body comes later', async () => {
    const socket = await dial(new URL(plain.url).port);
    const answers = readAnswers(socket);
    socket.write(head + body.slice(0, 5), () => socket.write(body.slice(5) + question));
    expect((await answers).map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('is served also within TLS', async () => {
    const socket = connectTls({
      port: Number(new URL(secure.url).port),
      ca: testCertificate.cert,
      servername: 'localhost',
    });
    socket.write(head + body + question);
    expect((await readAnswers(socket)).map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('for a WebSocket that is not there is told so', async () => {
    const websocket =
      'GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Request-Id: mine\r\n\r\n';
    const [answer] = await exchange(new URL(plain.url).port, websocket);
    expect(answer?.status).to.equal(404);
    expect(answer?.headers).to.include({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'mine',
    });
  });
});
