import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { readPageFiles, type PageFile } from './page-files.ts';

const built = fileURLToPath(new URL('../../page', import.meta.url));

async function bytesOf(files: readonly (PageFile | undefined)[], encoding: 'gzip' | 'br'): Promise<number> {
  const compressed = await Promise.all(files.map(async (file) => file?.content.in(encoding)));
  return compressed.reduce((sum, each) => sum + (each?.length ?? Infinity), 0);
}

describe('the files of the page', () => {
  it('are less than 100 kB to load, compressed, and less than 50 at first', async () => {
    const files = readPageFiles(built);
    const all = [...files.values()];
    expect(all.length).to.be.at.least(4);
    const html = files.get('index.html');
    const links = html?.content.bytes.toString().matchAll(/(?:src|href)="\.\/([^"]+)"/g) ?? [];
    const first = [html, ...Array.from(links, ([, name = '']) => files.get(name))];
    expect(first.length).to.be.at.least(4);
    for (const encoding of ['gzip', 'br'] as const) {
      expect(await bytesOf(all, encoding), encoding).to.be.below(100_000);
      expect(await bytesOf(first, encoding), `${encoding}, at first`).to.be.below(50_000);
    }
  });

  it('may be kept for ever where their names change with what they hold, and no others', () => {
    for (const [name, { isImmutable }] of readPageFiles(built)) {
      expect(isImmutable, name).to.equal(/^assets\/[\w-]+-[\w-]{8}\.\w+$/.test(name));
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
