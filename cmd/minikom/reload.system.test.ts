import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { LogProcess } from '../../internal/program/log-process.ts';
import { renewedCertificate, testCertificate } from '../../internal/testing/certificate.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { send } from '../../internal/testing/wire.ts';

const OLD = 'the-old-token-of-agents';
const NEW = 'the-new-token-of-agents';

for (const processes of [1, 2]) {
  describe(`SIGHUP with files of tokens and for HTTPS, ${processes} process(es)`, () => {
    let folder: string;
    let database: TestDatabase;
    let service: LogProcess;
    let url: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'minikom-reload-'));
      database = await createTestDatabase();
      await write('tokens', OLD);
      await writePair(testCertificate);
      service = new LogProcess(new URL('main.js', import.meta.url), [], {
        DATABASE_URL: database.connectionString,
        HOST: '0.0.0.0',
        ALLOWED_HOSTS: 'minikom.test',
        ACCESS_LOG: '1',
        PORT: '0',
        PROCESSES: String(processes),
        SHARDS: '1',
        WRITE_TOKENS_FILE: join(folder, 'tokens'),
        TLS_CERT_FILE: join(folder, 'cert.pem'),
        TLS_KEY_FILE: join(folder, 'key.pem'),
      });
      url = await service.untilReady();
    });

    after(async () => {
      await service.endBy('SIGTERM');
      await database.drop();
      await rm(folder, { recursive: true });
    });

    const write = (name: string, text: string) => writeFile(join(folder, name), text);

    async function writePair({ cert, key }: typeof testCertificate): Promise<void> {
      await write('cert.pem', cert);
      await write('key.pem', key);
    }

    /** Resolves once every process has said so. */
    async function hangUp(msg: string): Promise<void> {
      const before = service.lines.length;
      service.signal('SIGHUP');
      await service.until(
        (lines) => lines.slice(before).filter((line) => line.msg === msg).length === processes,
      );
    }

    /** What each process says, as connections are dealt out to them in turn. */
    async function told(token: string, ca: string): Promise<unknown[]> {
      const body = '{"service_name":"web","state":"deploy","timestamp":1700000000}';
      const answers = new Set<unknown>();
      for (let index = 0; index < 2 * processes; index++) {
        const headers = { 'x-api-key': token };
        const answer = await send(url, { method: 'POST', path: '/event', headers, body, ca }).catch(
          () => undefined,
        );
        answers.add(answer?.status);
      }
      return [...answers];
    }

    it('is warned of what is open to its network at the start', () => {
      const warned = service.lines.filter(({ msg }) => msg === 'minikom is open to its network');
      expect(warned.map(({ exposed }) => exposed)).to.deep.equal([
        'anybody may read: READ_TOKENS is not set',
      ]);
    });

    it('says who asked, with ACCESS_LOG', async () => {
      await told(OLD, testCertificate.cert);
      const answered = () => service.lines.find(({ msg }) => msg === 'answered');
      await service.until(() => answered() !== undefined);
      expect(answered()).to.include({ client: '127.0.0.1', method: 'POST', url: '/event', status: 200 });
      expect(answered()?.durationMs).to.be.above(0);
    });

    it('puts other tokens and another certificate in the place of those before', async () => {
      expect(await told(OLD, testCertificate.cert)).to.deep.equal([200]);
      expect(await told(NEW, testCertificate.cert)).to.deep.equal([401]);
      await write('tokens', `${NEW}\n`);
      await writePair(renewedCertificate);
      expect(await told(OLD, testCertificate.cert), 'until then nothing changes').to.deep.equal([200]);
      await hangUp('files read again');
      expect(await told(OLD, renewedCertificate.cert)).to.deep.equal([401]);
      expect(await told(NEW, renewedCertificate.cert)).to.deep.equal([200]);
      expect(await told(NEW, testCertificate.cert), 'the old certificate').to.deep.equal([undefined]);
    });

    it('changes nothing where one of the files is not valid', async () => {
      await write('tokens', 'short');
      await writePair(testCertificate);
      await hangUp('files not read again');
      expect(await told(NEW, renewedCertificate.cert)).to.deep.equal([200]);
      expect(await told('short', renewedCertificate.cert)).to.deep.equal([401]);
    });
  });
}
