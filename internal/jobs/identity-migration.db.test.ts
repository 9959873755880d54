import { expect } from 'chai';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';

import { migrationsFolder } from '../database/migrate.ts';
import { clusterNodes } from '../testing/shared-postgres.ts';
import { readRun } from './queries.ts';
import { jobSink } from './sink.ts';
import { useJobDatabase } from './testing/job-database.ts';
import { queued } from './testing/parse-body.ts';
import {
  applicationStart,
  payloadOf,
  sparkEvent,
  START_MS,
  type MessageBody,
} from './testing/payload-body.ts';

const MIGRATION = '1700000000009_job_event_identity';

// It is older than tables that are spread.
(clusterNodes().length > 0 ? describe.skip : describe)(
  'Spark events that were stored when payloads had an identity',
  () => {
    const jobs = useJobDatabase();

    const migrate = (client: pg.Client, direction: 'up' | 'down') =>
      runner({
        dbClient: client,
        dir: migrationsFolder,
        migrationsTable: 'migrations',
        direction,
        file: MIGRATION,
        // Later ones were run before it is run again.
        checkOrder: false,
        log: () => undefined,
      });

    /** Stores a payload as it was stored then. */
    async function storeThen(
      client: pg.Client,
      payloadId: number,
      messages: readonly MessageBody[],
      runId = 'r1',
    ) {
      await client.query(
        `insert into job_runs (job_name, run_id, last_seen_ms, events) values ('etl', $1, $2, $3)
       on conflict (job_name, run_id) do update set events = job_runs.events + excluded.events`,
        [runId, START_MS, messages.length],
      );
      for (const [index, { generated_at, content }] of messages.entries()) {
        await client.query(
          `insert into job_events (job_name, run_id, generated_ms, payload_id, message_index, content)
         values ('etl', $1, $2, $3, $4, $5)`,
          [runId, generated_at, payloadId, 2 * index, content],
        );
      }
    }

    async function send(client: pg.Client, messages: readonly MessageBody[], runId = 'r1'): Promise<void> {
      await client.query('begin');
      await jobSink.write(client, { payloads: [queued(payloadOf(messages, { counter: 0, runId }))] });
      await client.query('commit');
    }

    const alike = sparkEvent(4, '{"alike":"☂"}');
    const first = [applicationStart(0), alike, sparkEvent(4, { id: 1 }), alike];
    const second = [alike, sparkEvent(4, { id: 2 }), sparkEvent(2, { id: 3 })];
    const other = [sparkEvent(4, { id: 1 })];
    const CONTENTS = [
      applicationStart(0).content,
      '{"id":3}',
      alike.content,
      '{"id":1}',
      alike.content,
      '{"id":2}',
    ];

    it('are each there once, in their order, and take no second place when they are sent again', async () => {
      await jobs.withClient(async (client) => {
        await migrate(client, 'down');
        await storeThen(client, 3, second);
        await storeThen(client, 2, first);
        await storeThen(client, 4, other, 'r2');
        await client.query(
          `insert into job_runs (job_name, run_id, last_seen_ms, events) values ('etl', 'r3', 0, 0)`,
        );
        await migrate(client, 'up');

        expect(await jobs.contents()).to.deep.equal(CONTENTS);
        expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 6 });
        expect(await readRun(jobs.pool, 'etl', 'r2')).to.include({ events: 1 });
        expect(await readRun(jobs.pool, 'etl', 'r3')).to.include({ events: 0 });

        await send(client, [...first, sparkEvent(4, { id: 9 })]);
        await send(client, second);
        await send(client, other, 'r2');
        await send(client, other, 'r3');
      });
      expect(await jobs.contents()).to.deep.equal([...CONTENTS, '{"id":9}']);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 7 });
      expect(await jobs.contents('etl', 'r2')).to.deep.equal(['{"id":1}']);
      expect(await jobs.contents('etl', 'r3')).to.deep.equal(['{"id":1}']);
    });

    it('go back to the older layout in their order, and forth again', async () => {
      await jobs.withClient(async (client) => {
        await send(client, first);
        await send(client, second);
        await migrate(client, 'down');
        const { rows } = await client.query<{ content: string }>(
          'select content from job_events order by generated_ms, payload_id, message_index',
        );
        expect(rows.map(({ content }) => content)).to.deep.equal(CONTENTS);
        const next = await client.query<{ id: string }>(`select nextval('job_payload_ids') as id`);
        expect(Number(next.rows[0]?.id)).to.be.greaterThan(1);
        await migrate(client, 'up');
      });
      expect(await jobs.contents()).to.deep.equal(CONTENTS);
    });
  },
);
