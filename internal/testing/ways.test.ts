import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { z } from 'zod';

import { LogProcess } from '../program/log-process.ts';
import { createTestDatabase, type TestDatabase } from './shared-postgres.ts';
import { until } from './until.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const step = z.object({ file: z.string(), from: z.string().optional() });
const way = z.object({
  way: z.string(),
  limit: z.number(),
  files: z.array(step),
  leaves: z.array(z.string()),
  beside: z.array(z.string()),
});
const script = join(project, 'scripts/ways.js');
const ways = z
  .array(way)
  .parse(JSON.parse(execFileSync(process.execPath, [script, '--json'], { encoding: 'utf8' })));

// What a program is made of, beside what its requests run through.
const wiring =
  /^(cmd\/minikom\/|internal\/processes\/(serve|doors)\.ts$|internal\/(services|events)\/feature\.ts$)/;
const MAX_LEAVES = 4;
const MAX_LEAF_LINES = 60;

/** The files that this one imports, for types or at run time, now or later. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(project, file), 'utf8');
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
    join(dirname(file), path ?? ''),
  );
}

/** Whether nothing of it is left at run time. */
function isTypesOnly(file: string): boolean {
  const compiled = readFileSync(join(project, 'dist', file.replace(/\.ts$/, '.js')), 'utf8');
  return /^export \{\};\s*(\/\/# sourceMappingURL=.*)?\s*$/.test(compiled);
}

describe('the ways of docs/architecture.md', () => {
  it('are the three', () => {
    expect(ways.map(({ way }) => way)).to.deep.equal([
      '`POST /event` to COMMIT',
      '`GET /services/:name/latest-events` to its answer',
      'A body of `POST /events` to COMMIT',
    ]);
    expect(ways.map(({ limit }) => limit)).to.deep.equal([15, 8, 20]);
  });

  for (const { way, limit, files } of ways) {
    it(`are short: ${way}, ${files.length} files`, () => {
      expect(files.length).to.be.at.most(limit);
    });
  }

  for (const { way, files } of ways) {
    it(`lead from file to file: ${way}`, () => {
      for (const [index, { file, from }] of files.entries()) {
        expect(existsSync(join(project, file)), file).to.equal(true);
        if (index === 0) continue;
        // Who imports it: the one before, or one that was opened before, or what wires the program.
        const importer = from ?? files[index - 1]?.file ?? '';
        const opened = files.slice(0, index).some(({ file }) => file === importer);
        expect(opened || wiring.test(importer), `${importer} is known before ${file}`).to.equal(true);
        expect(importsOf(importer), importer).to.include(file);
      }
      expect(new Set(files.map(({ file }) => file)).size).to.equal(files.length);
    });
  }

  it('name nothing beside them that is not there', () => {
    for (const file of ways.flatMap(({ beside }) => beside)) {
      expect(existsSync(join(project, file)), file).to.equal(true);
    }
  });

  for (const { way, files, leaves, beside } of ways) {
    it(`leave out no more than few small leaves that stand for themselves: ${way}`, () => {
      expect(leaves.length).to.be.at.most(MAX_LEAVES);
      for (const leaf of leaves) {
        const lines = readFileSync(join(project, leaf), 'utf8').trimEnd().split('\n').length;
        expect(lines, leaf).to.be.at.most(MAX_LEAF_LINES);
        expect(importsOf(leaf), leaf).to.deep.equal([]);
      }
    });

    it(`name the types that have a file of their own: ${way}`, () => {
      const known = new Set([...files.map(({ file }) => file), ...leaves, ...beside]);
      const types = files.flatMap(({ file }) => importsOf(file)).filter(isTypesOnly);
      expect(types.filter((file) => !known.has(file))).to.deep.equal([]);
    });
  }
});

const pendingFigures = z.object({ pending_batches: z.number() });

describe('a service whose files are watched as they run', () => {
  let database: TestDatabase;
  let service: LogProcess;
  let url: string;

  before(async () => {
    database = await createTestDatabase();
    service = new LogProcess(
      new URL('../../cmd/minikom/main.js', import.meta.url),
      [],
      { DATABASE_URL: database.connectionString, PORT: '0', SHARDS: '1' },
      { nodeOptions: ['--import', new URL('trace-files.js', import.meta.url).href] },
    );
    url = await service.untilReady();
    // What is made when it is needed first is made.
    for (const act of acts) await act();
    await ran();
  });

  after(async () => {
    await service.endBy('SIGTERM');
    await database.drop();
  });

  /** The files of which something ran since the last time. */
  async function ran(): Promise<string[]> {
    const before = service.lines.length;
    service.signal('SIGUSR2');
    const told = () => service.lines.slice(before).find(({ msg }) => msg === 'ran');
    await service.until(() => told() !== undefined);
    return z.array(z.string()).parse(told()?.files);
  }

  async function send(path: string, body?: unknown): Promise<void> {
    const answer = await fetch(
      `${url}${path}`,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    );
    await answer.text();
    expect(answer.status).to.equal(200);
  }

  const report = (service_name: string) => ({ service_name, state: 'issue', timestamp: Date.now() / 1000 });
  const acts = [
    () => send('/event', report('a')),
    () => send('/services/a/latest-events'),
    // More than is parsed where it arrives.
    () =>
      send(
        '/events',
        Array.from({ length: 3000 }, (_, index) => report(`service ${index}`)),
      ),
  ];

  for (const [index, act] of acts.entries()) {
    const { way, files, leaves, beside } = ways[index] ?? { way: 'none', files: [], leaves: [], beside: [] };
    it(`runs no file that is not named: ${way}`, async () => {
      await until('nothing is left to be settled, or read before it is', async () => {
        const settling = await fetch(`${url}/settling`);
        return pendingFigures.parse(await settling.json()).pending_batches === 0;
      });
      await ran();
      await act();
      const named = new Set([...files.map(({ file }) => file), ...leaves, ...beside]);
      expect((await ran()).filter((file) => !named.has(file))).to.deep.equal([]);
    });
  }
});
