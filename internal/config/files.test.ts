import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { fileFaults } from './files.ts';

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
