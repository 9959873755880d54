import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ConfigError, readSections, type Environment } from '../config/config.ts';
import { pipelineSections } from '../config/pipeline.ts';
import { checksSection } from './config.ts';
import { targetsOf as allTargetsOf } from './targets.ts';

const readConfig = (environment: Environment) =>
  readSections([...pipelineSections, checksSection], environment);

const targetsOf = (list: string) => readConfig({ CHECK_TARGETS: list }).CHECK_TARGETS;

/** The lines of the message, without the heading. */
function faultsOf(list: string): string[] {
  try {
    targetsOf(list);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('CHECK_TARGETS', () => {
  it('is none by default', () => {
    expect(readConfig({}).CHECK_TARGETS).to.deep.equal([]);
  });

  it('names targets and their URLs', () => {
    expect(
      targetsOf('web=http://web:80/health?a=b%2Cc, naïve ☂ = https://user:pass@[::1]:8443'),
    ).to.deep.equal([
      { name: 'web', url: 'http://web:80/health?a=b%2Cc' },
      { name: 'naïve ☂', url: 'https://user:pass@[::1]:8443' },
    ]);
  });

  it('tells of every fault at once, and shows no URL, which may hold a password', () => {
    const list = `web=http://a,web=http://b,=http://c,x=ftp://secret@d,y,${'n'.repeat(256)}=http://e,z=http://%25ff%ff@f`;
    const faults = faultsOf(`${list},q=http://`);
    expect(faults.map((fault) => fault.trim())).to.deep.equal([
      'CHECK_TARGETS target 2 ("web"): the name is there twice',
      'CHECK_TARGETS target 3: the name must not be empty',
      'CHECK_TARGETS target 4 ("x"): must be name=url with an http or https URL',
      'CHECK_TARGETS target 5 ("y"): must be name=url with an http or https URL',
      `CHECK_TARGETS target 6 ("${'n'.repeat(256)}"): the name must be at most 255 characters`,
      'CHECK_TARGETS target 7 ("z"): must be name=url with an http or https URL',
      'CHECK_TARGETS target 8 ("q"): must be name=url with an http or https URL',
    ]);
    expect(faults.join()).to.not.include('secret');
  });

  it('is told together with what else is wrong', () => {
    expect(() => readConfig({ CHECK_TARGETS: ',', PORT: '-1', CHECK_TIMEOUT_SECONDS: '0' })).to.throw(
      /PORT .*\n.*CHECK_TARGETS .*\n(.*\n)*.*CHECK_TIMEOUT_SECONDS/,
    );
  });
});

describe('CHECKS_FILE', () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-checks-'));
    file = join(folder, 'checks.json');
  });

  after(() => rm(folder, { recursive: true }));

  const read = (environment: Environment = {}) =>
    readConfig({ CHECKS_FILE: file, CHECK_INTERVAL_SECONDS: '7', ...environment });
  const write = (checks: readonly object[]) => writeFile(file, JSON.stringify({ checks }));

  it('says how targets are asked and what they must answer; without a word, as CHECK_TARGETS does', async () => {
    const full = {
      ...{ name: 'a, b=c', url: 'https://a/', method: 'POST', headers: { 'X-Key': 'secret' }, body: '{}' },
      ...{ status: [201, '4xx', '301-302'], body_contains: 'ok', interval_seconds: 60 },
      ...{ timeout_seconds: 10, retries: 2 },
    };
    await write([full, { name: 'plain', url: 'http://b/' }]);
    const [old, ...targets] = allTargetsOf(read({ CHECK_TARGETS: 'old=http://c' }));
    expect(targets[0]).to.deep.equal({
      ...{ name: 'a, b=c', url: 'https://a/', method: 'POST', headers: { 'X-Key': 'secret' }, body: '{}' },
      ...{ bodyContains: 'ok', intervalMs: 60_000, timeoutMs: 10_000, retries: 2 },
      status: [
        { from: 201, to: 201 },
        { from: 400, to: 499 },
        { from: 301, to: 302 },
      ],
    });
    expect(targets[1]).to.deep.equal({ ...old, name: 'plain', url: 'http://b/' });
    expect(old).to.include({ intervalMs: 7000, timeoutMs: 4000, retries: 0 });
  });

  it('tells of every fault at once, by check and field, and shows no value', async () => {
    await write([
      { name: '', url: 'ftp://secret' },
      {
        name: 'x',
        url: 'http://a',
        method: 'BREW',
        status: [99, '299-200', '9xx', 600],
        retries: -1,
        header: {},
      },
      { name: 'x', url: 'http://a', headers: { 'X-Key': 'secret\n' }, interval_seconds: 0.5 },
      { name: 'y', url: 'http://a' },
      { name: 'y', url: 'http://a' },
    ]);
    let message = '';
    try {
      read();
    } catch (error) {
      message = String(error);
    }
    expect(
      message
        .split('\n')
        .slice(1)
        .map((fault) => fault.trim().replace(/ \(got .*\)$/, '')),
    ).to.deep.equal([
      'CHECKS_FILE check 1: name must not be empty',
      'CHECKS_FILE check 1: url must be an http or https URL',
      'CHECKS_FILE check 2 ("x"): method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'CHECKS_FILE check 2 ("x"): status.0 must be a status such as 200, "2xx" or "200-299"',
      'CHECKS_FILE check 2 ("x"): status.1 must be a status such as 200, "2xx" or "200-299"',
      'CHECKS_FILE check 2 ("x"): status.2 must be a status such as 200, "2xx" or "200-299"',
      'CHECKS_FILE check 2 ("x"): status.3 must be a status such as 200, "2xx" or "200-299"',
      'CHECKS_FILE check 2 ("x"): retries must be a whole number from 0 to 100',
      'CHECKS_FILE check 2 ("x"): there is no header',
      'CHECKS_FILE check 3 ("x"): headers has a name or value that no header may have',
      'CHECKS_FILE check 3 ("x"): interval_seconds must be a whole number from 1 to 86400',
      'CHECKS_FILE check 5 ("y"): the name is there twice',
    ]);
    expect(message).to.not.include('secret');
  });

  it('must be there, be JSON, and name nothing that CHECK_TARGETS names', async () => {
    expect(() => read({ CHECKS_FILE: join(folder, 'none') })).to.throw(/CHECKS_FILE cannot be read \(ENOENT/);
    for (const text of ['', '[]', '{"checks": 1}', '{"check": []}']) {
      await writeFile(file, text);
      expect(() => read(), text).to.throw(/CHECKS_FILE must be JSON such as/);
    }
    await write([{ name: 'web', url: 'http://a' }]);
    expect(() => read({ CHECK_TARGETS: 'web=http://b' })).to.throw(
      /CHECKS_FILE "web" is in CHECK_TARGETS, too/,
    );
  });
});
