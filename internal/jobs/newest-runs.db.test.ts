import { expect } from 'chai';

import { newestRuns, type RunPlace } from './queries.ts';
import { useJobDatabase } from './testing/job-database.ts';

describe('the newest runs of all jobs', () => {
  const jobs = useJobDatabase();

  it('are found however many are newer, a page ending where it has looked at enough', async () => {
    await jobs.pool.query(`
      insert into job_runs (job_name, run_id, last_seen_ms, events)
      select 'etl', case when n = 0 then 'old' else 'run ' || n end, 0, 0 from generate_series(0, 40050) as n order by n`);
    const found: string[] = [];
    let pages = 0;
    for (let after: RunPlace | undefined, isLast = false; !isLast; pages++) {
      const { runs, next } = await newestRuns(jobs.pool, { limit: 10, search: 'OLD', after });
      found.push(...runs.map(({ runId }) => runId));
      after = next;
      isLast = next === undefined;
    }
    expect({ found, pages }).to.deep.equal({ found: ['old'], pages: 3 });
  });
});
