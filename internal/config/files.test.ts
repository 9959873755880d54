import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ConfigError, readSections } from './config.ts';
import { fileFaults, readTokens } from './files.ts';
import { pipelineSections } from './pipeline.ts';
import { digestOf } from './tokens.ts';

describe('what the configuration names', () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-files-'));
    file = join(folder, 'file');
    await writeFile(file, 'a file');
  });

  after(() => rm(folder, { recursive: true }));

  it('may be a data folder that is there, or one that is not, and nothing is made', async () => {
    expect(await fileFaults({ DATA_DIR: folder })).to.deep.equal([]);
    expect(await fileFaults({ DATA_DIR: join(folder, 'a', 'b') })).to.deep.equal([]);
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('may not be a data folder that is a file or lies below one', async () => {
    for (const DATA_DIR of [file, join(file, 'below'), join(file, 'far', 'below')]) {
      expect(await fileFaults({ DATA_DIR })).to.deep.equal([
        `DATA_DIR cannot be a folder: ${file} is none (got "${DATA_DIR}")`,
      ]);
    }
  });

  it('is not looked at as a data folder where DATABASE_URL is given', async () => {
    expect(await fileFaults({ DATA_DIR: file, DATABASE_URL: 'postgres://a/b' })).to.deep.equal([]);
    expect(await fileFaults({ DATA_DIR: file, DATABASE_URL: '' })).to.have.length(1);
  });

  it('may be a file of tokens, a line or a comma between them', async () => {
    const config = readSections(pipelineSections, {
      READ_TOKENS: 'the-token-of-readers',
      WRITE_TOKENS_FILE: file,
    });
    await writeFile(file, 'a-token-to-write\nanother-to-write, and-a-third-of-them\n');
    expect(await fileFaults({ DATA_DIR: folder, WRITE_TOKENS_FILE: file })).to.deep.equal([]);
    expect(await readTokens(config)).to.deep.equal({
      write: ['a-token-to-write', 'another-to-write', 'and-a-third-of-them'].map(digestOf),
      read: [digestOf('the-token-of-readers')],
      badge: [],
    });
  });

  it('may not be a file of tokens that holds none, or one that is short, or that is not there', async () => {
    const config = readSections(pipelineSections, { BADGE_TOKENS_FILE: file });
    for (const [text, fault] of [
      ['', 'must be comma-separated tokens of visible ASCII'],
      ['\n \n', 'must be comma-separated tokens of visible ASCII'],
      ['a-token-to-write,,another-to-write', undefined],
      [
        'a-token-to-write\nfifteen-letters',
        'must be tokens of at least 16 characters, as shorter ones can be guessed',
      ],
    ] as const) {
      await writeFile(file, text);
      const faults = await fileFaults({ DATA_DIR: folder, BADGE_TOKENS_FILE: file });
      expect(faults, text).to.deep.equal(fault === undefined ? [] : [`BADGE_TOKENS_FILE ${fault}`]);
      const error: unknown = await readTokens(config).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error instanceof ConfigError, text).to.equal(fault !== undefined);
    }
    const [none] = await fileFaults({ DATA_DIR: folder, READ_TOKENS_FILE: join(folder, 'none') });
    expect(none).to.match(/^READ_TOKENS_FILE cannot be read \(ENOENT/);
  });

  it('is looked at all at once', async () => {
    const faults = await fileFaults({
      DATA_DIR: file,
      TLS_CERT_FILE: file,
      TLS_KEY_FILE: join(folder, 'none'),
    });
    expect(faults.map((fault) => fault.split(' ', 1)[0])).to.deep.equal(['DATA_DIR', 'TLS_KEY_FILE']);
    expect(await fileFaults({ TLS_CERT_FILE: file, TLS_KEY_FILE: '', DATA_DIR: folder })).to.deep.equal([]);
  });
});
