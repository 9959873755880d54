import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const project = fileURLToPath(new URL('../../../', import.meta.url));

describe('docs/troubleshooting.md', () => {
  it('has every sentence that a 503 is answered with', () => {
    const answered = readdirSync(`${project}internal`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
      .flatMap((file) => {
        const source = readFileSync(`${project}internal/${file}`, 'utf8');
        const calls = /(?:UnavailableError\(\s*'[\w-]+',\s*|\bunavailable\(\s*)'([^']+)'/g;
        return [...source.matchAll(calls)].map(([, detail = '']) => detail);
      });
    expect(answered).to.include('The queue is full.').and.have.length.above(10);
    const docs = readFileSync(`${project}docs/troubleshooting.md`, 'utf8');
    for (const detail of answered) expect(docs).to.include(`\`${detail}\``);
  });
});
