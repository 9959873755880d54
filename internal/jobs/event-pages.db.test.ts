import { expect } from 'chai';

import { eventPages, type StoredEvent } from './event-pages.ts';
import { useJobDatabase } from './testing/job-database.ts';

describe('the pages of a run', () => {
  const jobs = useJobDatabase();
  const run = { jobName: 'etl', runId: 'r1' };

  /** Stores events whose content is `bytes` long, two of each time. */
  async function store(count: number, bytes = 20): Promise<void> {
    await jobs.pool.query(
      `insert into job_events (job_name, run_id, generated_ms, arrival, occurrence, content_digest, content)
       select 'etl', run_id, n / 2, n # 1, 1, substr(sha256(int8send(n)), 1, 16), rpad('{"n":' || n, $2 - 1) || '}'
       from generate_series(0, $1::int8 - 1) as n, unnest(array['r0', 'r1', 'r2']) as run_id`,
      [count, bytes],
    );
  }

  async function sizes(limits: { maxEvents: number; maxBytes: number }): Promise<number[]> {
    const found: number[] = [];
    for await (const page of eventPages(jobs.pool, run, limits)) found.push(page.length);
    return found;
  }

  it('are none of a run without events', async () => {
    expect(await sizes({ maxEvents: 5, maxBytes: 1000 })).to.deep.equal([]);
  });

  it('have as many events as allowed', async () => {
    await store(12);
    expect(await sizes({ maxEvents: 5, maxBytes: 10_000 })).to.deep.equal([5, 5, 2]);
    expect(await sizes({ maxEvents: 4, maxBytes: 10_000 })).to.deep.equal([4, 4, 4]);
    expect(await sizes({ maxEvents: 100, maxBytes: 10_000 })).to.deep.equal([12]);
  });

  it('have as much content as allowed, but never no event', async () => {
    await store(7, 100);
    expect(await sizes({ maxEvents: 5, maxBytes: 299 })).to.deep.equal([2, 2, 2, 1]);
    expect(await sizes({ maxEvents: 5, maxBytes: 300 })).to.deep.equal([3, 3, 1]);
    expect(await sizes({ maxEvents: 5, maxBytes: 1 })).to.deep.equal([1, 1, 1, 1, 1, 1, 1]);
  });

  it('hold all events in order, whatever their size', async () => {
    await store(500);
    const all = await jobs.events();
    expect(all).to.have.length(500);
    for (const maxEvents of [1, 3, 7, 500]) {
      expect(await jobs.events('etl', 'r1', { maxEvents, maxBytes: 1e6 })).to.deep.equal(all);
    }
    expect(all.map(({ generatedMs }) => generatedMs)).to.deep.equal(
      Array.from({ length: 500 }, (_, n) => Math.floor(n / 2)),
    );
  });

  it('are each asked for only when the one before is done with', async () => {
    await store(30);
    let asked = 0;
    const spy = new Proxy(jobs.pool, {
      get: (pool, name) => {
        if (name === 'query') asked++;
        const value: unknown = Reflect.get(pool, name);
        return typeof value === 'function' ? (value.bind(pool) as unknown) : value;
      },
    });
    const pages = eventPages(spy, run, { maxEvents: 10, maxBytes: 1e6 });
    for (let page = 1; page <= 3; page++) {
      expect(((await pages.next()).value as readonly StoredEvent[]).length).to.equal(10);
      expect(asked).to.equal(page);
      expect(jobs.pool.idleCount, 'no connection is held').to.equal(jobs.pool.totalCount);
    }
    expect((await pages.next()).done).to.equal(true);
  });

  it('show what arrives meanwhile after them', async () => {
    await store(4);
    const pages = eventPages(jobs.pool, run, { maxEvents: 4, maxBytes: 1e6 });
    await pages.next();
    await jobs.pool.query(
      `insert into job_events values ('etl', 'r1', 99, 99, 1, substr(sha256('late'), 1, 16), '{"late":1}')`,
    );
    expect((await pages.next()).value).to.deep.equal([{ generatedMs: 99, content: '{"late":1}' }]);
  });

  it('are read by their index, without sorting', async () => {
    await store(20_000);
    await jobs.pool.query('analyze job_events');
    const texts: string[] = [];
    const values: unknown[][] = [];
    const spy = new Proxy(jobs.pool, {
      get: (pool, name) =>
        name === 'query'
          ? (query: { text: string; values: unknown[] }) => {
              texts.push(query.text);
              values.push(query.values);
              return pool.query(query);
            }
          : (Reflect.get(pool, name) as unknown),
    });
    const pages = eventPages(spy, run);
    await pages.next();
    await pages.next();
    const plan = await jobs.pool.query<{ 'QUERY PLAN': string }>(`explain ${texts[1] ?? ''}`, values[1]);
    const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).to.match(/Index Scan using job_events_pkey/);
    expect(text, 'the place is part of the index condition').to.match(/Index Cond: .*ROW\(generated_ms/);
    expect(text).not.to.match(/Sort|Seq Scan/);
  });
});
