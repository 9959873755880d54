import { expect } from 'chai';

import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { ofRecords, recordBody, storeRecords } from './testing/record-client.ts';
import { useService } from './testing/use-service.ts';

const DAY = 86_400;

interface Stats {
  readonly rules: string;
  readonly within: number;
  readonly deployables: readonly Readonly<Record<string, unknown>>[];
  readonly excluded_count: number;
  readonly excluded: readonly { readonly record: unknown; readonly reason: string }[];
}

describe('GET /deployments/stats', () => {
  const service = useService(ofRecords);

  async function stats(query = ''): Promise<Stats> {
    return (await getJson(service, `/deployments/stats${query}`)) as Stats;
  }

  const records = [
    recordBody(0, { State: 'started' }),
    recordBody(60, { State: 'succeeded' }),
    recordBody(DAY, { State: 'started' }),
    recordBody(DAY + 20, { State: 'failed' }),
    recordBody(DAY + 620, { State: 'rolled-back' }),
    recordBody(2 * DAY, { State: 'started' }),
    recordBody(2 * DAY + 100, { State: 'succeeded' }),
    recordBody(2 * DAY + 500, { State: 'rolled-back' }),
    recordBody(3 * DAY, { State: 'paused' }),
    recordBody(0, { Component: 'api', Environment: 'staging', State: 'succeeded' }),
  ];

  it('tells that there is nothing, with the rules', async () => {
    const { rules, ...rest } = await stats();
    expect(rest).to.deep.equal({ within: DAY, deployables: [], excluded_count: 0, excluded: [] });
    expect(rules).to.include('rolled-back');
  });

  it('tells the figures of each deployable, and what is excluded', async () => {
    await storeRecords(service, ...records.toReversed());
    const { deployables, excluded_count, excluded } = await stats();
    expect(deployables.map(({ component, environment }) => [component, environment])).to.deep.equal([
      ['api', 'staging'],
      ['web', 'prod'],
    ]);
    expect(deployables[1]).to.deep.equal({
      component: 'web',
      environment: 'prod',
      deployments: 3,
      failed_deployments: 2,
      deploys_per_day: Math.round((2e6 * DAY) / (2 * DAY + 40)) / 1e6,
      change_failure_rate: 0.666667,
      median_restore_seconds: 500,
      is_broken: false,
      median_deployment_seconds: 80,
    });
    expect(excluded_count).to.equal(1);
    expect(excluded).to.deep.equal([
      { record: recordBody(3 * DAY, { State: 'paused' }), reason: 'unknown state' },
    ]);
  });

  it('tells those that are asked for', async () => {
    await storeRecords(service, ...records, recordBody(5, { Environment: 'dev', State: 'succeeded' }));
    const of = async (query: string) =>
      (await stats(query)).deployables.map(
        ({ component, environment }) => `${String(component)} ${String(environment)}`,
      );
    expect(await of('?component=web')).to.deep.equal(['web dev', 'web prod']);
    expect(await of('?component=web&environment=prod')).to.deep.equal(['web prod']);
    expect(await of('?environment=staging')).to.deep.equal(['api staging']);
    expect(await of('?component=nobody')).to.deep.equal([]);
  });

  it('looks at the span that is asked for only, and counts its days', async () => {
    await storeRecords(service, ...records);
    const span = '?from=2026-03-02T12:00:00Z&to=2026-03-06T12:00:00Z';
    for (const query of [span, `${span}&component=web`]) {
      const { deployables } = await stats(query);
      expect(deployables[0]).to.include({ deployments: 2, failed_deployments: 2, deploys_per_day: 0.25 });
      expect(deployables).to.have.length(1);
    }
  });

  it('takes a rollback for a failure within the time that is asked for', async () => {
    await storeRecords(service, ...records);
    const { deployables, excluded, within } = await stats('?component=web&within=399');
    expect(within).to.equal(399);
    expect(deployables[0]).to.include({ failed_deployments: 1, median_restore_seconds: 600 });
    expect(excluded.map(({ reason }) => reason)).to.have.members([
      'too long after the success',
      'unknown state',
    ]);
    expect((await stats('?component=web&within=400')).deployables[0]).to.include({ failed_deployments: 2 });
  });

  it('reads long histories of many components in pages', async () => {
    await service.database.query(`
      insert into deployment_records (component, second, nanosecond, environment, state)
      select 'c-' || number % 7, number, 0, 'prod', case when number / 7 % 2 = 0 then 'started' else 'succeeded' end
      from generate_series(0, 69999) as number`);
    const { deployables, excluded_count } = await stats();
    expect(deployables.map(({ deployments }) => deployments)).to.deep.equal(new Array(7).fill(5000));
    expect(deployables.map((figures) => figures.median_deployment_seconds)).to.deep.equal(
      new Array(7).fill(7),
    );
    expect(excluded_count).to.equal(0);
  });

  const badQueries: readonly (readonly [string, readonly string[]])[] = [
    ['component=Web', ['component']],
    ['component=', ['component']],
    ['environment=a-b-c-d', ['environment']],
    ['within=-1', ['within']],
    ['within=1h', ['within']],
    ['within=31536001', ['within']],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', ['to']],
    ['component=A&environment=B&from=c&to=d&within=e', ['component', 'environment', 'from', 'to', 'within']],
  ];
  for (const [query, fields] of badQueries) {
    it(`refuses ${query}, naming each value`, async () => {
      const answer = await service.send({ path: `/deployments/stats?${query}` });
      const { errors } = expectProblem(answer, 400, 'invalid-request');
      expect(errors?.map(({ field }) => field)).to.deep.equal(fields);
    });
  }
});
