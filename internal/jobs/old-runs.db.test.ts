import { expect } from 'chai';

import { deleteOldRuns, oldestKeptMs } from './old-runs.ts';
import { runsOf } from './queries.ts';
import { jobSink } from './sink.ts';
import { useJobDatabase } from './testing/job-database.ts';
import { queued } from './testing/parse-body.ts';
import { payloadOf, sparkEvent, START_MS } from './testing/payload-body.ts';

const DAY_MS = 86_400_000;

describe('old runs', () => {
  const jobs = useJobDatabase();

  /** Stores a payload of so many events that arrived so many days ago. */
  const store = (runId: string, daysAgo: number, events = 3, counter = 1) =>
    jobs.withClient(async (client) => {
      const sinceMs = (counter - 1) * 1000;
      const messages = Array.from({ length: events }, (_, id) => sparkEvent(sinceMs + id, { id }));
      await client.query('begin');
      await jobSink.write(client, {
        payloads: [queued(payloadOf(messages, { runId, counter }), START_MS - daysAgo * DAY_MS)],
      });
      await client.query('commit');
    });
  const deleteOld = (days: number, limit = 1000) =>
    jobs.withClient((client) => deleteOldRuns(client, oldestKeptMs(days, START_MS / 1000), limit));
  const runIds = async () => (await runsOf(jobs.pool, 'etl')).map(({ runId }) => runId);
  const rowsOf = async (table: string) => (await jobs.pool.query(`select from ${table}`)).rowCount;

  it('go with all that is stored of them, and the others stay', async () => {
    for (const [run, days] of Object.entries({ a: 9, b: 2, c: 7.1, d: 6.9 })) await store(run, days);
    expect(await deleteOld(7)).to.equal(2);
    expect(await runIds()).to.deep.equal(['b', 'd']);
    expect(await rowsOf('job_events')).to.equal(6);
    expect(await deleteOld(7)).to.equal(0);
  });

  it('are those that were not heard of for long, however old their events', async () => {
    await store('a', 9);
    await store('a', 1, 3, 2);
    expect(await deleteOld(7)).to.equal(0);
    expect(await jobs.contents('etl', 'a')).to.have.length(6);
  });

  it('go step by step', async () => {
    for (let counter = 1; counter <= 30; counter++) await store('a', 9, 10, counter);
    for (let run = 1; run <= 20; run++) await store(`b${run}`, 9, 1);
    expect(await deleteOld(7, 7)).to.equal(21);
    for (const table of ['job_runs', 'job_events']) expect(await rowsOf(table)).to.equal(0);
  });

  it('wait for nobody: a run that a payload is being added to stays', async () => {
    await store('a', 9);
    await store('b', 9);
    await jobs.withClient(async (client) => {
      await client.query('begin');
      const payload = queued(payloadOf([sparkEvent(0, {})], { runId: 'a', counter: 2 }), START_MS);
      await jobSink.write(client, { payloads: [payload] });
      expect(await deleteOld(7)).to.equal(1);
      await client.query('commit');
    });
    expect(await runIds()).to.deep.equal(['a']);
    expect(await jobs.contents('etl', 'a')).to.have.length(4);
  });

  it('begin anew when they are heard of again', async () => {
    await store('a', 9);
    await deleteOld(7);
    await store('a', 0, 2);
    expect(await jobs.contents('etl', 'a')).to.deep.equal(['{"id":0}', '{"id":1}']);
    expect((await runsOf(jobs.pool, 'etl'))[0]).to.include({ runId: 'a', events: 2 });
  });
});
