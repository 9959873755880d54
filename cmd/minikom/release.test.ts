import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const files = [
  'package.json',
  'package-lock.json',
  'clients/typescript/package.json',
  'CHANGELOG.md',
  'deploy/helm/minikom/Chart.yaml',
  'scripts/release.sh',
];

describe('scripts/release.sh', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'minikom-release-'));
    for (const name of ['scripts', 'clients/typescript', 'deploy/helm/minikom'])
      mkdirSync(join(folder, name), { recursive: true });
    for (const file of files) copyFileSync(join(project, file), join(folder, file));
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'All of it');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const identity = { name: 'A', email: 'a@localhost' };
  const env = {
    ...{
      PATH: `${process.execPath.replace(/\/node$/, '')}:/usr/local/bin:/usr/bin:/bin`,
      HOME: '/nonexistent',
    },
    ...{ GIT_AUTHOR_NAME: identity.name, GIT_AUTHOR_EMAIL: identity.email },
    ...{ GIT_COMMITTER_NAME: identity.name, GIT_COMMITTER_EMAIL: identity.email },
  };
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: folder, env, encoding: 'utf8' }).stdout.trim();
  const release = (...args: string[]) =>
    spawnSync(join(folder, 'scripts/release.sh'), args, { env, encoding: 'utf8' });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');

  it('moves the changelog, writes the version, commits and tags', () => {
    const before = read('CHANGELOG.md');
    const { status, stderr } = release('1.2.3');
    expect(status, stderr).to.equal(0);
    const day = new Date().toISOString().slice(0, 10);
    expect(read('CHANGELOG.md')).to.equal(
      before.replace('## Unreleased\n', `## Unreleased\n\n## 1.2.3 (${day})\n`),
    );
    for (const file of ['package.json', 'package-lock.json', 'clients/typescript/package.json']) {
      expect(read(file), file)
        .to.include('"version": "1.2.3"')
        .and.not.include('"version": "0.1.0",\n  "desc');
      // Nothing else in it has changed.
      expect(git('diff', '--numstat', 'HEAD~1', '--', file)).to.match(/^[12]\t[12]\t/);
    }
    expect(read('deploy/helm/minikom/Chart.yaml')).to.match(/^version: 1\.2\.3\nappVersion: 1\.2\.3$/m);
    expect(git('describe', '--exact-match')).to.equal('v1.2.3');
    expect(git('status', '--porcelain')).to.equal('');
  });

  it('refuses what is no version, what is not committed, and what has no news', () => {
    expect(release('v1').status).to.equal(2);
    writeFileSync(join(folder, 'new'), '');
    expect(release('1.2.3')).to.include({ status: 1 });
    rmSync(join(folder, 'new'));
    expect(release('1.2.3').status).to.equal(0);
    expect(release('1.2.4').stderr).to.include('nothing under "Unreleased"');
    expect(git('tag')).to.equal('v1.2.3');
  });
});
