import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { LogProcess } from './testing/log-process.ts';

const run = promisify(execFile);
const page = readFileSync(new URL('../../../docs/deployments.md', import.meta.url), 'utf8');
/** A command of the page, and what the page says that it answers. */
const EXAMPLE = /```sh\n([^`]*)```\n\n```(json|text)\n([^`]*)```/g;
/** Stands for text that the page does not repeat. */
const ANYTHING = '…';

describe('the examples of docs/deployments.md', () => {
  // Neither is there where curl is not.
  let database: TestDatabase | undefined;
  let service: LogProcess | undefined;
  let host: string;

  before(async function () {
    const hasCurl = await run('curl', ['--version']).then(
      () => true,
      () => false,
    );
    if (!hasCurl) this.skip();
    database = await createTestDatabase();
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: database.connectionString,
      PORT: '0',
      TZ: 'UTC',
    });
    await service.until((lines) => lines.some(({ msg }) => msg === 'minikom is ready'));
    host = new URL(String(service.lines.find(({ msg }) => msg === 'minikom listens')?.url)).host;
  });

  after(async () => {
    await service?.endBy('SIGTERM');
    await database?.drop();
  });

  const examples = [...page.matchAll(EXAMPLE)];

  it('are found, each with its answer', () => {
    expect(examples)
      .to.have.length(page.split('```sh').length - 1)
      .and.length.above(5);
  });

  for (const [index, [, command = '', kind, answer = '']] of examples.entries()) {
    it(`answer as the page says: ${index + 1}. ${command.split('\n')[0] ?? ''}`, async () => {
      expect(command).to.include('localhost:8080');
      const { stdout } = await run('sh', ['-c', command.replaceAll('localhost:8080', host)]);
      if (kind === 'text') expect(stdout).to.equal(answer.trimEnd());
      else expectAnswer(JSON.parse(stdout), JSON.parse(answer));
    });
  }
});

function expectAnswer(actual: unknown, told: unknown): void {
  if (!isObject(actual) || !isObject(told)) throw new Error('both should be objects');
  const left = Object.entries(told).flatMap(([name, value]) => (value === ANYTHING ? [name] : []));
  const shown = Object.fromEntries(left.map((name) => [name, ANYTHING]));
  expect({ ...actual, ...shown }).to.deep.equal(told);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
