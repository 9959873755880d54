import { expect } from 'chai';

import { getJson, pagesOf, postGood } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { tablesOfJobs } from './testing/job-client.ts';
import { NOW, useService } from './testing/use-service.ts';

describe('GET /job-runs', () => {
  const service = useService({ tables: tablesOfJobs });

  async function collect(job_name: string, run_id: string): Promise<void> {
    const messages = [{ message_type: 'heartbeat', generated_at: 0, content: '' }];
    await postGood(service, '/collect', { job_name, run_id, counters: { payload_counter: 1 }, messages });
  }

  const list = async (query = '') =>
    (await getJson(service, `/job-runs${query}`)) as {
      runs: { job_name: string; run_id: string; state: string }[];
      next_cursor: string | null;
    };

  it('tells the newest runs of all jobs, the newest first, with their states', async () => {
    for (const [job, run] of [['a', '1'], ['b', '1'], ['a', '2']] as const) await collect(job, run); // prettier-ignore
    service.nowSeconds = NOW + 30;
    await collect('a', '1');
    service.nowSeconds = NOW + 60;
    const { runs } = await list();
    const told = runs.map(({ job_name, run_id, state }) => `${job_name} ${run_id} ${state}`);
    expect(told).to.deep.equal(['a 2 lost', 'b 1 lost', 'a 1 running']);
    expect(runs[0]).to.deep.equal({
      job_name: 'a',
      run_id: '2',
      state: 'lost',
      started_at: null,
      ended_at: null,
      duration_ms: null,
      last_seen_at: NOW * 1000,
      events: 0,
    });
    const page = await list('?limit=1');
    expect(page.runs).to.deep.equal([runs[0]]);
    expect(await list(`?limit=2&cursor=${page.next_cursor}`)).to.deep.equal({
      runs: runs.slice(1),
      next_cursor: null,
    });
  });

  it('finds any run by its job or its id, page after page, however many are newer', async () => {
    await collect('Nightly ETL', 'first');
    await collect('100%_sure', 'x');
    for (let run = 0; run < 30; run++) await collect('other', `run ${run}`);
    await collect('other', 'nightly');
    const find = async (search: string, limit: number) => {
      const found: string[] = [];
      let pages = 0;
      for await (const { runs } of pagesOf((cursor) =>
        list(`?search=${encodeURIComponent(search)}&limit=${limit}${cursor}`),
      )) {
        pages++;
        found.push(...runs.map(({ job_name, run_id }) => `${job_name} ${run_id}`));
      }
      return { found, pages };
    };
    expect(await find('NIGHTLY', 200)).to.deep.equal({
      found: ['other nightly', 'Nightly ETL first'],
      pages: 1,
    });
    expect(await find('nightly', 1)).to.deep.equal({
      found: ['other nightly', 'Nightly ETL first'],
      pages: 2,
    });
    expect((await find('%_', 200)).found, 'no wildcards').to.deep.equal(['100%_sure x']);
    const all = Array.from({ length: 30 }, (_, run) => `other run ${29 - run}`);
    expect(await find('run ', 7)).to.deep.equal({ found: all, pages: 5 });
    expect((await find('nothing', 200)).found).to.deep.equal([]);
  });

  it('refuses a cursor of another list', async () => {
    for (const cursor of ['x', 'WyJzZXJ2aWNlIDEiLCJhIl0']) {
      expectProblem(await service.send({ path: `/job-runs?cursor=${cursor}` }), 400, 'invalid-request');
    }
  });

  it('refuses a limit that is none', async () => {
    for (const limit of ['0', '1001', 'x', '-1']) {
      expectProblem(await service.send({ path: `/job-runs?limit=${limit}` }), 400, 'invalid-request');
    }
  });
});
