import { expect } from 'chai';

import { expectProblem, NOW, useSurface } from './testing/surface.ts';

describe('GET /job-runs', () => {
  const surface = useSurface();

  async function collect(job_name: string, run_id: string): Promise<void> {
    const messages = [{ message_type: 'heartbeat', generated_at: 0, content: '' }];
    const body = JSON.stringify({ job_name, run_id, counters: { payload_counter: 1 }, messages });
    expect((await surface.send({ method: 'POST', path: '/collect', body })).status).to.equal(200);
  }

  it('tells the newest runs of all jobs, the newest first, with their states', async () => {
    for (const [job, run] of [['a', '1'], ['b', '1'], ['a', '2']] as const) await collect(job, run); // prettier-ignore
    surface.nowSeconds = NOW + 30;
    await collect('a', '1');
    surface.nowSeconds = NOW + 60;
    const { text } = await surface.send({ path: '/job-runs' });
    const { runs } = JSON.parse(text) as { runs: { job_name: string; run_id: string; state: string }[] };
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
    const one = await surface.send({ path: '/job-runs?limit=1' });
    expect(JSON.parse(one.text)).to.deep.equal({ runs: [runs[0]] });
  });

  it('refuses a limit that is none', async () => {
    for (const limit of ['0', '1001', 'x', '-1']) {
      expectProblem(await surface.send({ path: `/job-runs?limit=${limit}` }), 400, 'invalid-request');
    }
  });
});
