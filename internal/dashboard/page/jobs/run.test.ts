import { expect } from 'chai';

import { worstRunsFirst, type JobRun } from './run.ts';

const run = (run_id: string, state: JobRun['state'], last_seen_at: number): JobRun => ({
  run_id,
  state,
  started_at: null,
  ended_at: null,
  duration_ms: null,
  last_seen_at,
  events: 0,
});

describe('the runs of a job', () => {
  it('are in order of how bad it is, then the newest first', () => {
    const runs = [
      run('old', 'finished', 1),
      run('new', 'finished', 9),
      run('lost', 'lost', 2),
      run('now', 'running', 10),
    ];
    expect(worstRunsFirst(runs).map(({ run_id }) => run_id)).to.deep.equal(['lost', 'now', 'new', 'old']);
  });
});
