import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

// Compiled files lie in dist/internal/telemetry/.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const otherPrograms = /^internal\/(agent|loadtest)\//;
const testCode = /\.test\.ts$|\/testing\//;

function sources(): string[] {
  return ['internal', 'cmd/minikom']
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .filter((file) => file.endsWith('.ts') && !otherPrograms.test(file) && !testCode.test(file));
}

/** `level message` of each call that logs at `warn` or above. */
function loggedIn(file: string): string[] {
  const source = readFileSync(root + file, 'utf8');
  return [...source.matchAll(/\blogger\??\.(warn|error|fatal)\(/g)].map(({ 0: call, 1: level, index }) => {
    const message = /'([^']+)',?\s*$/.exec(argumentsFrom(source, index + call.length))?.[1];
    return `${level ?? ''} ${message ?? `(not constant, in ${file})`}`;
  });
}

/** The text of a call's arguments, which begin at `start`. */
function argumentsFrom(source: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; depth > 0 && end < source.length; end++) {
    if (source[end] === '(') depth++;
    else if (source[end] === ')') depth--;
  }
  return source.slice(start, end - 1);
}

/** The same of each message in the table of docs/operations.md; a row has one level, or one for each message. */
function documented(): string[] {
  const [, section = ''] = readFileSync(`${root}docs/operations.md`, 'utf8').split(/^## The log$/m);
  const [table = ''] = section.split(/^## /m);
  return [...table.matchAll(/^\| (`.+?`) +\| ([\w, ]+?) +\|/gm)].flatMap(([, messages = '', levels = '']) => {
    const each = levels.split(', ');
    return [...messages.matchAll(/`([^`]+)`/g)].map(
      ([, message = ''], index) => `${each[index] ?? each[0] ?? ''} ${message}`,
    );
  });
}

describe('the table of log messages in docs/operations.md', () => {
  it('has every message at warn and above, at its level, and no other', () => {
    const logged = new Set(sources().flatMap(loggedIn));
    const told = documented().filter((line) => /^(warn|error|fatal) /.test(line));
    expect(told).to.have.members([...logged]);
  });
});
