// Prints the ways of docs/architecture.md, one line each: how many files one opens to follow it, and which, in order.
// With --json, all that the section says of them. internal/testing/ways.test.ts keeps it true.
import { readFileSync } from 'node:fs';

const docs = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
const [, section = ''] = docs.split(/^## The ways, file by file$/m);
const [, besideAll = ''] = section.split(/^## /m)[0].split(/^Beside them all: /m);
const ways = section
  .split(/^## /m)[0]
  .split(/^### /m)
  .slice(1)
  .map((text) => {
    const [title, ...lines] = text.split('\n');
    const [, way, limit] = /^(.*), at most (\d+) files$/.exec(title);
    const files = lines.filter((line) => /^\d+\. /.test(line)).map(readStep);
    const beside = [...paragraph(text, 'Beside it'), ...filesIn(besideAll)];
    return { way, limit: Number(limit), files, leaves: paragraph(text, 'Leaves'), beside };
  });

function print(line) {
  process.stdout.write(`${line}\n`);
}

/** A step names its file, and, unless the file before it imports it, one that does. */
function readStep(line) {
  const [file, from] = filesIn(line);
  return { file, from };
}

/** The files in the paragraph that begins so. */
function paragraph(text, beginning) {
  const [, after = ''] = text.split(`\n${beginning}: `);
  return filesIn(after.split('\n\n')[0]);
}

function filesIn(text) {
  return [...text.matchAll(/`((?:cmd|internal)\/[^`]+\.ts)`/g)].map(([, file]) => file);
}

if (process.argv.includes('--json')) print(JSON.stringify(ways));
else {
  for (const { way, files, leaves } of ways) {
    const names = files.map(({ file }) => file).join(', ');
    print(`${way.replaceAll('`', '')}: ${files.length} files: ${names}; leaves: ${leaves.join(', ')}`);
  }
}
