import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import type { Answer } from '../../internal/testing/wire.ts';
import { postGood } from './testing/asking.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { expectProblem } from './testing/expect-problem.ts';

const NOW = 1_700_000_000;
const START = NOW - 3000;

describe('the gap of a service', () => {
  let database: TestDatabase;
  let service: TestService;
  let other: TestService;
  let nowSeconds = NOW;

  before(async () => {
    database = await createTestDatabase();
    const start = (environment: Readonly<Record<string, string>>) =>
      startTestService({ database, environment, now: () => nowSeconds });
    service = await start({ SERVICE_GAPS: 'batch-*=30, sensor-?=300' });
    other = await start({ SERVICE_GAPS: 'batch-*=30, sensor-?=300' });
  });

  after(async () => {
    await service.stop();
    await other.stop();
    await database.drop();
  });

  beforeEach(() => (nowSeconds = NOW));

  const get = (path: string, from = service) => from.send({ path });
  const put = (name: string, body: unknown) =>
    service.send({ method: 'PUT', path: `/services/${name}`, body: JSON.stringify(body) });
  const json = ({ text }: Answer) => JSON.parse(text) as unknown;

  /** Has a service seen in `deploy` each `every` seconds from START on. */
  async function see(name: string, every: number, times: number): Promise<void> {
    const reports = Array.from({ length: times }, (_, index) => ({
      ...{ service_name: name, state: 'deploy' },
      timestamp: START + every * index,
    }));
    await postGood(service, '/events', reports);
  }

  const intervals = async (name: string) =>
    (json(await get(`/services/${name}/latest-events`, other)) as unknown[]).length;

  it('is given by PUT, applies to all of its history at once, on all replicas, and is taken back by null', async () => {
    await see('slow', 10, 20);
    expect(await intervals('slow')).to.equal(20);
    const set = await put('slow', { gap_seconds: 10 });
    expect(set.status).to.equal(200);
    expect(json(set)).to.deep.equal({ name: 'slow', state: 'idle', since: START + 191, gap_seconds: 10 });
    expect(json(await get('/services/slow', other))).to.deep.equal(json(set));
    expect(json(await get('/services/slow/latest-events'))).to.deep.equal([
      { state: 'deploy', start_time: START, end_time: START + 191 },
    ]);
    expect(json(await put('slow', { gap_seconds: null }))).to.include({ gap_seconds: 2 });
    expect(await intervals('slow')).to.equal(20);
  });

  it('counts in every answer', async () => {
    await see('stats', 60, 30);
    await put('stats', { gap_seconds: 60 });
    const end = START + 29 * 60 + 1;
    const timelines = json(await get(`/timelines?service=stats&from=${START - 100}&to=${NOW}`));
    expect(timelines).to.deep.include({
      timelines: [
        { service_name: 'stats', intervals: [{ state: 'deploy', start_time: START, end_time: end }] },
      ],
    });
    expect(json(await get(`/services/stats/stats?from=${START - 100}&to=${NOW}`))).to.deep.include({
      intervals: { deploy: 1, issue: 0 },
    });
    expect(json(await get('/services'))).to.deep.include({ stats: { state: 'idle', since: end } });
  });

  it('makes the newest interval ongoing while a report that continues it may be on its way', async () => {
    await see('ongoing', 30, 2);
    await put('ongoing', { gap_seconds: 30 });
    const end = START + 31;
    nowSeconds = end + 29 + 9.9;
    expect(json(await get('/services/ongoing'))).to.include({ state: 'deploy', since: START });
    nowSeconds = end + 29 + 10;
    expect(json(await get('/services/ongoing'))).to.include({ state: 'idle', since: end });
  });

  it('comes from SERVICE_GAPS where the service has none of its own', async () => {
    await see('batch-1', 30, 5);
    await see('sensor-7', 300, 5);
    expect([await intervals('batch-1'), await intervals('sensor-7')]).to.deep.equal([1, 1]);
    await put('batch-1', { gap_seconds: 29 });
    expect(await intervals('batch-1')).to.equal(5);
  });

  it('can be given before the first report', async () => {
    const early = { name: 'early', state: 'idle', since: null, gap_seconds: 20 };
    expect(json(await put('early', { gap_seconds: 20 }))).to.deep.equal(early);
    expect(json(await get('/services/early'))).to.deep.equal(early);
    expectProblem(await get('/services/early/latest-events'), 404, 'not-found');
    expect(json(await get('/services'))).to.not.have.property('early');
    await see('early', 20, 3);
    expect(await intervals('early')).to.equal(1);
  });

  for (const [what, name, gaps, gap] of [
    ['of which nothing is known', 'nobody', [null], 2],
    ['that had a gap, and no report', 'once', [20, null], 2],
    ['for which SERVICE_GAPS has one', 'batch-0', [null], 30],
  ] as const) {
    it(`is the default, and found again, where null is given to a service ${what}`, async () => {
      expectProblem(await get(`/services/${name}`), 404, 'not-found');
      const answers = [];
      for (const gap_seconds of gaps) answers.push(json(await put(name, { gap_seconds })));
      expect(answers.at(-1)).to.deep.equal({ name, state: 'idle', since: null, gap_seconds: gap });
      expect(json(await get(`/services/${name}`, other))).to.deep.equal(answers.at(-1));
      expect(json(await get('/services'))).to.not.have.property(name);
    });
  }

  for (const [what, body, field] of [
    ['0', { gap_seconds: 0 }, 'gap_seconds'],
    ['more than a day', { gap_seconds: 86_401 }, 'gap_seconds'],
    ['a fraction', { gap_seconds: 1.5 }, 'gap_seconds'],
    ['text', { gap_seconds: '30' }, 'gap_seconds'],
    ['nothing', {}, 'gap_seconds'],
    ['a list', [], ''],
  ] as const) {
    it(`is refused if it is ${what}`, async () => {
      const problem = expectProblem(await put('slow', body), 400, 'invalid-request');
      expect(problem.errors?.map((error) => error.field)).to.deep.equal([field]);
    });
  }

  it('is refused for what can be no name', async () => {
    expectProblem(await put('a%00', { gap_seconds: 3 }), 400, 'invalid-request');
  });
});
