import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** Runs it to its end. */
async function runMinikom(
  env: Record<string, string>,
  cwd = tmpdir(),
  args: readonly string[] = [],
): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [closed, out, err] = await Promise.all([
    once(child, 'close') as Promise<unknown[]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: closed[0], out, err };
}

describe('minikom with a bad configuration', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-configuration-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const run = (environment: Record<string, string>) =>
    runMinikom({ DATA_DIR: join(folder, 'data'), PORT: '0', ...environment }, folder);

  it('says all that is bad in one message and exits with 2, having started nothing', async () => {
    const { code, out, err } = await run({ PORT: 'http', SHARDS: '-5', WRITE_TOKENS: 'hush hush' });
    expect({ code, out }).to.deep.equal({ code: 2, out: '' });
    expect(err).to.equal(
      'minikom: The configuration is not valid:\n' +
        '  PORT must be a whole number (got "http")\n' +
        '  SHARDS must be at least 1 (got "-5")\n' +
        '  WRITE_TOKENS must be comma-separated tokens of visible ASCII\n',
    );
    expect(await readdir(folder), 'no data folder was made').to.deep.equal([]);
  });

  it('tells of every variable where it is asked for help, and starts nothing', async () => {
    const { code, out, err } = await runMinikom({ PORT: 'http' }, folder, ['--help']);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.include('\n  PORT (8080; 0 to 65535)\n').and.include('\n  CHECK_TARGETS (none)\n');
  });

  it('starts nothing where it is given a flag or an argument that it does not know', async () => {
    const { code, out, err } = await runMinikom({ PORT: '0' }, folder, ['--prot', '8090', '--help=1']);
    expect({ code, out }).to.deep.equal({ code: 2, out: '' });
    expect(err).to.equal(
      'minikom: unknown option --prot; unexpected argument "8090"; --help takes no value; ' +
        'there is --help, all else is set by the environment\n',
    );
    expect(await readdir(folder), 'no data folder was made').to.deep.equal([]);
  });

  it('warns of what is said of notifications where nobody is to be told, and of no value', async () => {
    const rules = join(folder, 'rules.json');
    await writeFile(rules, JSON.stringify({ rules: [{ name: 'a', state: 'issue' }] }));
    // It ends at once, as the address is of another machine.
    const elsewhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', HOST: '192.0.2.1' };
    const said = { NOTIFY_RULES_FILE: rules, NOTIFY_SECRET: 'between us' };
    const warned = async (environment: Record<string, string>) => {
      const { out } = await run({ ...elsewhere, ...environment });
      expect(out).to.not.include('between us');
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { msg: string; unused?: unknown })
        .filter(({ msg }) => msg === 'nobody is notified: NOTIFY_URLS is not set')
        .map(({ unused }) => unused);
    };
    expect(await warned(said)).to.deep.equal([['NOTIFY_RULES_FILE', 'NOTIFY_SECRET']]);
    expect(await warned({})).to.deep.equal([]);
    expect(await warned({ ...said, NOTIFY_URLS: 'http://127.0.0.1:1/' })).to.deep.equal([]);
  });

  it('wants another ADMIN_PORT than PORT', async () => {
    const { code, err } = await run({ PORT: '8090', ADMIN_PORT: '8090' });
    expect(code).to.equal(2);
    expect(err).to.include('ADMIN_PORT must be another one than PORT');
  });

  it('says in the same message what is wrong with files and folders', async () => {
    const { code, err } = await run({
      ...{
        HOST: 'a b',
        PORT: 'http',
        TLS_CERT_FILE: 'none.pem',
        TLS_KEY_FILE: 'none.pem',
        DATA_DIR: '/dev/null',
      },
    });
    expect(code).to.equal(2);
    expect(err.replaceAll(/ \(.*\)$/gm, '')).to.equal(
      'minikom: The configuration is not valid:\n' +
        '  HOST must be an IP address or a host name\n' +
        '  PORT must be a whole number\n' +
        '  DATA_DIR cannot be a folder: /dev/null is none\n' +
        '  TLS_CERT_FILE cannot be read\n' +
        '  TLS_KEY_FILE cannot be read\n',
    );
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

describe('minikom on an address that it cannot have', () => {
  // Port 1 is nobody's; the database is not needed to listen.
  const DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none';

  for (const PROCESSES of ['1', '2']) {
    it(`names PORT where it is in use, with ${PROCESSES} process(es), and exits with 1`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const PORT = String((other.address() as AddressInfo).port);
      const { code, err } = await runMinikom({ DATABASE_URL, PORT, PROCESSES });
      other.close();
      expect(code).to.equal(1);
      expect(err).to.include(`minikom: PORT ${PORT} is in use on HOST 127.0.0.1; `);
    });
  }

  it('names HOST where it is of another machine', async () => {
    // Of the addresses that are kept for documentation.
    const { code, err } = await runMinikom({ DATABASE_URL, PORT: '0', HOST: '192.0.2.1' });
    expect(code).to.equal(1);
    expect(err).to.equal('minikom: HOST 192.0.2.1 is no address of this machine (EADDRNOTAVAIL).\n');
  });
});
