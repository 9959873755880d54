import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { testCertificate } from '../testing/certificate.ts';
import { ConfigError, readSections } from './config.ts';
import { readTlsFiles } from './files.ts';
import { pipelineSections } from './pipeline.ts';

describe('the files for HTTPS', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-tls-'));
    await writeFile(join(folder, 'cert.pem'), testCertificate.cert);
    await writeFile(join(folder, 'key.pem'), testCertificate.key);
  });

  after(() => rm(folder, { recursive: true }));

  const read = (cert: string, key: string) =>
    readTlsFiles(
      readSections(pipelineSections, { TLS_CERT_FILE: join(folder, cert), TLS_KEY_FILE: join(folder, key) }),
    );
  const refusal = (cert: string, key: string): Promise<unknown> =>
    read(cert, key).catch((error: unknown) => error);

  it('are read', async () => {
    expect(await read('cert.pem', 'key.pem')).to.deep.equal(testCertificate);
  });

  it('are not needed', async () => {
    expect(await readTlsFiles(readSections(pipelineSections, {}))).to.equal(undefined);
  });

  it('are both named if neither can be read', async () => {
    const error = await refusal('none.pem', 'nor.pem');
    expect(error).to.be.instanceOf(ConfigError);
    expect(String(error)).to.match(/TLS_CERT_FILE cannot be read .*\n.*TLS_KEY_FILE cannot be read/);
  });

  it('are refused if they are no pair, without showing what they hold', async () => {
    const error = await refusal('key.pem', 'cert.pem');
    expect(error).to.be.instanceOf(ConfigError);
    expect(String(error)).to.include('TLS_CERT_FILE and TLS_KEY_FILE must be').and.not.include('BEGIN');
  });
});
