import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { archiving, cutoffOf, type ArchivedRows } from './archive.ts';

const CUTOFF = Date.parse('2023-11-15') / 1000;

describe('an archive', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minikom-archive-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const keep = (lines: readonly string[], more: Partial<ArchivedRows> = {}) =>
    archiving({ ARCHIVE_DIR: folder }, { table: 'checks', cutoff: CUTOFF, ...more }, async (archived) => {
      for (const line of lines) await archived?.write([line]);
    });
  /** What is in each file, by name. */
  async function files(): Promise<Record<string, string>> {
    const names = (await readdir(folder)).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name))));
    return Object.fromEntries(names.map((name, at) => [name, gunzipSync(texts[at] ?? '').toString()]));
  }

  it('has a file for each table and day, of one row a line', async () => {
    await keep(['{"a":1}', '{"b":\n2}']);
    await keep([]);
    await keep(['{"c":3}'], { table: 'mutes' });
    expect(await files()).to.deep.equal({
      'checks-2023-11-14.ndjson.gz': '{"a":1}\n{"b": 2}\n',
      'mutes-2023-11-14.ndjson.gz': '{"c":3}\n',
    });
  });

  it('numbers what comes later of the same day, but a day that is whole takes the place of an earlier try', async () => {
    for (const line of ['1', '2']) await keep([line]);
    for (const line of ['3', '4']) await keep([line], { table: 'payload_events', isWhole: true });
    expect(await files()).to.deep.equal({
      'checks-2023-11-14.ndjson.gz': '1\n',
      'checks-2023-11-14-2.ndjson.gz': '2\n',
      'payload_events-2023-11-14.ndjson.gz': '4\n',
    });
  });

  it('keeps what was written before a failure, unless the day is to be whole', async () => {
    for (const isWhole of [false, true]) {
      const failing = archiving(
        { ARCHIVE_DIR: folder },
        { table: isWhole ? 'payload_events' : 'checks', cutoff: CUTOFF, isWhole },
        async (archived) => {
          await archived?.write(['1']);
          throw new Error('away');
        },
      );
      expect(await failing.catch(String)).to.equal('Error: away');
    }
    await keep([], { table: 'payload_events' });
    expect(await files()).to.deep.equal({ 'checks-2023-11-14.ndjson.gz': '1\n' });
  });

  it('finishes what a program left that was killed while it wrote', async () => {
    const whole = gzipSync('1\n2\n');
    const torn = gzipSync('3\n'.repeat(1000));
    for (const cut of [0, 1, 9, 12, torn.length - 9, torn.length]) {
      const left = Buffer.concat([whole, torn.subarray(0, cut)]);
      await writeFile(join(folder, '.checks-2023-11-10.open'), left);
      await keep([]);
      const { 'checks-2023-11-10.ndjson.gz': text = '', ...others } = await files();
      expect(others).to.deep.equal({});
      expect(text.slice(0, 4)).to.equal('1\n2\n');
      expect(text.slice(4)).to.match(/^(3\n)*$/);
      if (cut === torn.length) expect(text).to.have.length(2004);
      await rm(join(folder, 'checks-2023-11-10.ndjson.gz'));
    }
  });

  it('has whole days dropped, where there is one', () => {
    expect(cutoffOf({}, CUTOFF + 1.5)).to.equal(CUTOFF + 1.5);
    expect(cutoffOf({ ARCHIVE_DIR: folder }, CUTOFF + 1.5)).to.equal(CUTOFF);
  });
});
