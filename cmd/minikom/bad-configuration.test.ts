import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const main = fileURLToPath(new URL('main.js', import.meta.url));

describe('minikom with a bad configuration', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-configuration-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function run(
    environment: Record<string, string>,
  ): Promise<{ code: unknown; out: string; err: string }> {
    const child = spawn(process.execPath, [main], {
      cwd: folder,
      env: { DATA_DIR: join(folder, 'data'), PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [closed, out, err] = await Promise.all([
      once(child, 'close') as Promise<unknown[]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code: closed[0], out, err };
  }

  it('says all that is bad in one message and exits with 2, having started nothing', async () => {
    const { code, out, err } = await run({ PORT: 'http', SHARDS: '-5', WRITE_TOKENS: 'hush hush' });
    expect({ code, out }).to.deep.equal({ code: 2, out: '' });
    expect(err).to.equal(
      'minikom: The configuration is not valid:\n' +
        '  PORT must be a whole number (got "http")\n' +
        '  SHARDS must be a whole number (got "-5")\n' +
        '  WRITE_TOKENS must be comma-separated tokens of visible ASCII\n',
    );
    expect(await readdir(folder), 'no data folder was made').to.deep.equal([]);
  });

  it('says the same of files for HTTPS that cannot be read', async () => {
    const { code, err } = await run({ TLS_CERT_FILE: 'none.pem', TLS_KEY_FILE: 'none.pem' });
    expect(code).to.equal(2);
    expect(err).to.match(
      /^minikom: .*\n {2}TLS_CERT_FILE cannot be read .*\n {2}TLS_KEY_FILE cannot be read .*\n$/,
    );
    expect(await readdir(folder), 'no data folder was made').to.deep.equal([]);
  });
});
