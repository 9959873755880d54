import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import pg from 'pg';

import type { Spread } from '../../internal/database/cluster.ts';
import { pipelineClaims } from '../../internal/pipeline/claims.ts';
import { clusterFaults } from '../../internal/testing/cluster-rules.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { recordStatements, type StatementRecorder } from '../../internal/testing/statement-recorder.ts';
import { features } from './features.ts';
import { post } from './testing/asking.ts';
import { document, type DocumentedOperation } from './testing/documented-answers.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));

/** The statements that have a name, as the sources have them; without a text where that is written elsewhere. */
function namedStatements(): (readonly [name: string, text: string | undefined])[] {
  return readdirSync(`${project}internal`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing\/|^(bench|chaos|loadtest)\//.test(file))
    .flatMap((file) => {
      const source = readFileSync(`${project}internal/${file}`, 'utf8');
      const named = source.matchAll(
        /name: '([^']+)',\s*(?:\/\/.*\s*)*text:\s*(?:`([^`]*)`|'([^']*)'|(\w+))/g,
      );
      return [...named].map(([, name = '', template, text, constant = '']) => {
        const [, elsewhere] = new RegExp(`const ${constant} = \`([^\`]*)\``).exec(source) ?? [];
        return [name, template ?? text ?? elsewhere] as const;
      });
    });
}

/** A path of the document with its examples. */
function exampleOf(path: string, parameters: NonNullable<DocumentedOperation['parameters']>): string[] {
  let asked = path;
  const query = new URLSearchParams();
  for (const { name, in: where, schema } of parameters) {
    const [first] = [schema.examples?.[0]].flat();
    const example = typeof first === 'string' || typeof first === 'number' ? String(first) : 'web';
    if (where === 'path') asked = asked.replace(`{${name}}`, example);
    else if (where === 'query' && schema.examples !== undefined) query.set(name, example);
  }
  return [asked, `${asked}?${query.toString()}`];
}

describe('what is sent to a cluster', () => {
  let database: TestDatabase;
  let recorder: StatementRecorder;
  let service: TestService;
  let spreads: readonly Spread[];
  let archive: string;

  before(async () => {
    archive = await mkdtemp(join(tmpdir(), 'minikom-archive-'));
    const claims = await Promise.all(features.map(async ({ claims }) => (await claims?.()) ?? {}));
    spreads = [pipelineClaims, ...claims].flatMap(({ tables = [] }) => tables);
    database = await createTestDatabase();
    recorder = await recordStatements(database.connectionString);
    service = await startTestService({
      database: { ...database, connectionString: recorder.url },
      environment: {
        CHECK_TARGETS: 'web=http://127.0.0.1:1/',
        NOTIFY_URLS: 'http://127.0.0.1:1/',
        RETENTION_DAYS: '1',
        ARCHIVE_DIR: archive,
        METRICS_SERVICES: '1',
      },
    });
  });

  after(async () => {
    await service.stop();
    await recorder.stop();
    await database.drop();
    await rm(archive, { recursive: true });
  });

  const sendAll = async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const state of ['issue', 'deploy']) {
      await post(service, '/event', { service_name: 'web', state, timestamp: now - 5 });
      const events = [
        { timestamp: now, data: 1 },
        { timestamp: now, service_name: 'b', state },
      ];
      await post(service, '/events', events, { 'idempotency-key': state });
      await post(service, '/events', events, { 'idempotency-key': state });
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
        for (const asked of exampleOf(path, parameters)) {
          const [content] = Object.values(requestBody?.content ?? {});
          const body =
            typeof content?.example === 'string' ? content.example : JSON.stringify(content?.example);
          const init = requestBody === undefined ? { method } : { method, body };
          if (path !== '/live') await (await fetch(service.url + asked, init)).text();
        }
      }
    }
  };

  it('is all that the program has, and nothing that a cluster cannot do', async () => {
    await sendAll();
    const named = namedStatements();
    expect(named.length).to.be.above(50);
    // What is sent seldom is looked at as the source has it.
    for (const [name, text] of named) {
      const sql = recorder.statements.get(name) ?? text;
      if (sql === undefined) expect.fail(`"${name}" was not sent`);
      expect(clusterFaults(sql, spreads), sql).to.deep.equal([]);
    }
    for (const sql of recorder.statements.values())
      expect(clusterFaults(sql, spreads), sql).to.deep.equal([]);
  });

  it('is tables of which each says by what it is spread, with that in all that is unique', async () => {
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    try {
      const { rows } = await client.query<{ table: string; keys: string[][] }>(`
        select relname as table, coalesce(jsonb_agg(keys) filter (where keys is not null), '[]') as keys
        from pg_class
        left join lateral (
          select jsonb_agg(attname) as keys
          from pg_index join pg_attribute on attrelid = indexrelid
          where indrelid = pg_class.oid and indisunique
          group by indexrelid
        ) as unique_ones on true
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        group by relname`);
      expect(rows.map(({ table }) => table)).to.have.members(spreads.map(({ table }) => table));
      for (const { table, keys } of rows) {
        const { by, first } = spreads.find((spread) => spread.table === table) ?? {};
        // What is made anew ahead of it says so itself.
        const isOwn = first?.some((statement) => statement.includes('primary key')) ?? false;
        if (by === undefined || isOwn) continue;
        for (const key of keys) expect(key, table).to.include(by);
      }
    } finally {
      await client.end();
    }
  });
});
