import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

import { expect } from 'chai';

import { testCertificate } from '../../internal/testing/certificate.ts';
import { until } from '../../internal/testing/until.ts';
import { dial, exchange, readAnswers } from '../../internal/testing/wire.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const body = '{"service_name":"offered","state":"deploy","timestamp":1700000000}';
const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n';
const head = `POST /event HTTP/1.1\r\nHost: localhost\r\n${offer}Content-Length: ${body.length}\r\n\r\n`;
const websocket = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Request-Id: mine\r\n\r\n';
const question = 'GET /services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

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

  for (const offers of [1, 2, 50]) {
    it(`is served behind others on its connection, each once and in order: ${offers} of them`, async () => {
      const { port } = new URL(plain.url);
      const write = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const offered = Array.from(
        { length: offers },
        (_, index) =>
          `GET /health HTTP/1.1\r\nHost: localhost\r\n${offer}X-Request-Id: offer-${index}\r\n\r\n`,
      );
      const answers = await exchange(port, write + offered.join('') + question);
      expect(answers.map(({ status }) => status)).to.deep.equal(Array<number>(offers + 2).fill(200));
      expect(answers.slice(1, -1).map(({ headers }) => headers['x-request-id'])).to.deep.equal(
        offered.map((_, index) => `offer-${index}`),
      );
    });
  }

  it('leaves nothing in flight on connections that go, and others are served', async () => {
    const { port } = new URL(plain.url);
    const write = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (let round = 0; round < 20; round++) {
      const socket = await dial(port);
      socket.write(write.repeat(3) + `GET /health HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`.repeat(50));
      socket.destroy();
    }
    expect((await exchange(port, question)).map(({ status }) => status)).to.deep.equal([200]);
  });

  it('is answered once more often than may be, and then the connection is closed', async () => {
    const offered = `GET /health HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`;
    const answers = await exchange(new URL(plain.url).port, offered.repeat(120));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array<number>(100).fill(200));
  });

  it('for a WebSocket waits for the answers before it', async () => {
    const socket = await dial(new URL(plain.url).port);
    const write = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    let received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
    socket.write(write + websocket('/live'));
    await until('it is open', () => received.includes(' 101 '));
    expect(received).to.match(/^HTTP\/1.1 200 OK\r\n(?:[^\r]+\r\n)+\r\nHTTP\/1.1 101 /);
    expect(received.split('HTTP/1.1')).to.have.length(3);
    socket.destroy();
  });

  it('for a WebSocket that is not there is told so after the answers before it', async () => {
    const write = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answers = await exchange(new URL(plain.url).port, write + websocket('/nowhere'));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 404]);
  });

  const broken: readonly (readonly [what: string, bytes: string, status: number])[] = [
    ['of another method', websocket('/live').replace('GET', 'POST'), 405],
    ['without a key', websocket('/live').replace(/Sec-WebSocket-Key: .*\r\n/, ''), 400],
    ['of another version', websocket('/live').replace('Version: 13', 'Version: 7'), 400],
    ['with two Hosts', websocket('/live').replace('Host: localhost', 'Host: localhost\r\nHost: a'), 400],
    [
      'of a page elsewhere',
      websocket('/live').replace('Host: localhost', 'Host: localhost\r\nOrigin: https://a'),
      403,
    ],
  ];
  for (const [what, bytes, status] of broken) {
    it(`for a WebSocket ${what} is refused as any request is`, async () => {
      const [answer] = await exchange(new URL(plain.url).port, bytes);
      expect(answer?.status).to.equal(status);
      expect(answer?.headers).to.include({
        'content-type': 'application/problem+json; charset=utf-8',
        'x-request-id': 'mine',
        connection: 'close',
      });
      if (status === 405) expect(answer?.headers).to.include({ allow: 'GET' });
    });
  }

  it('to be a proxy is refused', async () => {
    const connect = 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nX-Request-Id: mine\r\n\r\n';
    const [answer] = await exchange(new URL(plain.url).port, connect);
    expect(answer?.status).to.equal(405);
    expect(answer?.headers).to.include({
      allow: 'GET, HEAD, OPTIONS, POST',
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'mine',
    });
  });

  it('for a WebSocket that is not there is told so', async () => {
    const [answer] = await exchange(new URL(plain.url).port, websocket('/nowhere'));
    expect(answer?.status).to.equal(404);
    expect(answer?.headers).to.include({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'mine',
    });
  });
});
