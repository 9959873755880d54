// Writes the tables of docs/configuration.md from the schemas that read the variables, after `npm run build`.
// With --check it writes nothing, and exits with 1 if they are not what they would be.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import prettier from 'prettier';

import { sections } from '../dist/cmd/minikom/configuration.js';
import { markdownOf } from '../dist/internal/config/reference.js';

const file = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const is = readFileSync(file, 'utf8');
const [head] = is.split(/(?<=^<!-- From here on .*-->$)/m);
const options = await prettier.resolveConfig(file);
const should = await prettier.format(`${head}\n\n${markdownOf(sections)}`, { ...options, filepath: file });
if (!process.argv.includes('--check')) writeFileSync(file, should);
else if (is !== should) {
  process.stderr.write('docs/configuration.md is stale: npm run configuration\n');
  process.exitCode = 1;
}
