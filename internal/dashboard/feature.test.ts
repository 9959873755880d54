import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { readPageFiles } from './page-files.ts';

const built = fileURLToPath(new URL('../../page', import.meta.url));

describe('the files of the page', () => {
  it('are less than 100 kB to load at first, compressed', async () => {
    const files = [...readPageFiles(built).values()];
    expect(files.length).to.be.at.least(4);
    for (const encoding of ['gzip', 'br'] as const) {
      const compressed = await Promise.all(files.map(({ content }) => content.in(encoding)));
      const bytes = compressed.reduce((sum, { length }) => sum + length, 0);
      expect(bytes, encoding).to.be.below(100_000);
    }
  });

  it('name nothing of other hosts', () => {
    for (const { content, type } of readPageFiles(built).values()) {
      if (type.startsWith('image/')) continue;
      const hosts = content.bytes.toString().match(/https?:\/\/[\w.-]+/g) ?? [];
      // Names of XML, which nobody loads, and the example of a target that is not filled in.
      expect(hosts.filter((url) => !/www\.w3\.org|localhost/.test(url))).to.deep.equal([]);
    }
  });

  it('tell in their head what the page is to know, whatever it is', () => {
    const html = readPageFiles(built, { 'group-by': '"<$&' }).get('index.html')?.content.bytes.toString();
    expect(html).to.include('<meta name="group-by" content="&quot;&lt;$&amp;" /></head>');
  });

  it('are none where the page was not built', () => {
    const folder = mkdtempSync(join(tmpdir(), 'minikom-page-'));
    expect(readPageFiles(join(folder, 'nowhere')).size).to.equal(0);
    rmSync(folder, { recursive: true });
  });
});
