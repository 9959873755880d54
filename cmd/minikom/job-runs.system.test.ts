import { expect } from 'chai';
import { z } from 'zod';

import {
  applicationEnd,
  applicationStart,
  heartbeat,
  payloadOf,
  sparkEvent,
  START_MS,
  type MessageBody,
} from '../../internal/jobs/testing/payload-body.ts';
import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { collectGood, tablesOfJobs } from './testing/job-client.ts';
import { NOW, useService } from './testing/use-service.ts';

const runsAnswer = z.array(
  z.strictObject({
    run_id: z.string(),
    state: z.enum(['running', 'finished', 'lost']),
    started_at: z.number().nullable(),
    ended_at: z.number().nullable(),
    duration_ms: z.number().nullable(),
    last_seen_at: z.number(),
    events: z.int(),
  }),
);

describe('the runs of a job', () => {
  const service = useService({ tables: tablesOfJobs });
  let counter = 0;

  const hear = (...messages: MessageBody[]) =>
    collectGood(service, payloadOf(messages, { counter: ++counter }));

  async function onlyRun(): Promise<z.infer<typeof runsAnswer>[number] | undefined> {
    const runs = runsAnswer.parse(await getJson(service, '/job/etl/runs'));
    expect(runs).to.have.length(1);
    return runs[0];
  }

  const state = async () => (await onlyRun())?.state;

  it('are running while they are heard of, lost after a minute, and running when they are heard of again', async () => {
    await hear(applicationStart(0));
    expect(await state()).to.equal('running');
    service.nowSeconds = NOW + 59.9;
    expect(await state()).to.equal('running');
    service.nowSeconds = NOW + 60;
    expect(await state()).to.equal('lost');
    await hear(heartbeat);
    expect(await onlyRun()).to.include({ state: 'running', last_seen_at: (NOW + 60) * 1000, events: 1 });
    service.nowSeconds = NOW + 119;
    await hear(sparkEvent(0, {}));
    service.nowSeconds = NOW + 178;
    expect(await state()).to.equal('running');
  });

  it('are finished once their end is known, whatever comes later', async () => {
    await hear(applicationStart(0), applicationEnd(500));
    service.nowSeconds = NOW + 1e6;
    await hear(sparkEvent(100, {}), heartbeat);
    expect(await onlyRun()).to.deep.equal({
      run_id: 'r1',
      state: 'finished',
      started_at: START_MS,
      ended_at: START_MS + 500,
      duration_ms: 500,
      last_seen_at: (NOW + 1e6) * 1000,
      events: 3,
    });
  });

  it('are the same when end and start come in the other order', async () => {
    await hear(applicationEnd(500));
    expect(await onlyRun()).to.include({ state: 'finished', started_at: null, duration_ms: null });
    await hear(applicationStart(0));
    expect(await onlyRun()).to.include({ state: 'finished', started_at: START_MS, duration_ms: 500 });
  });

  it('run again after a start that is later than their end, and finish again', async () => {
    await hear(applicationStart(0), applicationEnd(500));
    await hear(applicationStart(900));
    expect(await onlyRun()).to.include({ state: 'running', started_at: START_MS, ended_at: START_MS + 500 });
    await hear(applicationEnd(1500));
    expect(await onlyRun()).to.include({ state: 'finished', duration_ms: 1500 });
  });

  it('have a duration of null while a start or an end is missing', async () => {
    const duration = () => getJson(service, '/job/etl/r1/duration');
    await hear(heartbeat);
    expect(await duration()).to.deep.equal({ 'duration-ms': null });
    await hear(applicationEnd(700));
    expect(await duration()).to.deep.equal({ 'duration-ms': null });
    await hear(applicationStart(200));
    expect(await duration()).to.deep.equal({ 'duration-ms': 500 });
    await hear(applicationStart(100), applicationEnd(800), applicationStart(300), applicationEnd(600));
    expect(await duration()).to.deep.equal({ 'duration-ms': 700 });
  });

  it('are listed in the order in which they were first heard of', async () => {
    for (const runId of ['z', 'a', 'm', 'z', 'b']) {
      await collectGood(service, payloadOf([heartbeat], { runId, counter: ++counter }));
    }
    expect(await getJson(service, '/job/etl')).to.deep.equal({ run_ids: ['z', 'a', 'm', 'b'] });
    const runs = runsAnswer.parse(await getJson(service, '/job/etl/runs'));
    expect(runs.map(({ run_id }) => run_id)).to.deep.equal(['z', 'a', 'm', 'b']);
  });

  it('are none of an empty service, and their jobs sorted in another', async () => {
    expect(await getJson(service, '/job')).to.deep.equal({ jobs: [] });
    for (const jobName of ['b', 'a', 'c']) await collectGood(service, payloadOf([heartbeat], { jobName }));
    expect(await getJson(service, '/job')).to.deep.equal({ jobs: ['a', 'b', 'c'] });
  });

  for (const path of [
    '/job/other',
    '/job/other/runs',
    '/job/other/r1/events',
    '/job/other/r1/duration',
    '/job/etl/other/events',
    '/job/etl/other/duration',
    '/job/etl/r1',
    '/job/etl/r1/other',
    '/job/etl/',
    '/job/',
    '/job//events',
    '/job/ETL',
    '/job/%00',
    '/job/etl/%00/events',
    '/job/etl/%07/duration',
    `/job/${'a'.repeat(256)}/runs`,
  ]) {
    it(`are not found as ${path.slice(0, 40)}`, async () => {
      await hear(heartbeat);
      expectProblem(await service.send({ path }), 404, 'not-found');
    });
  }

  for (const path of ['/job/%', '/job/etl/%ff/events', '/job/%c3%28/runs']) {
    it(`are refused as ${path}`, async () => {
      expectProblem(await service.send({ path }), 400, 'invalid-url');
    });
  }
});

const names = [
  'a/b',
  '..',
  '.',
  '__proto__',
  'constructor',
  'runs',
  'events',
  'duration',
  'job',
  '%2F',
  '%',
  ' ',
  'a?b#c',
  '0',
  'naïve ☂',
  'nai\u0308ve ☂',
  '\u{1f600}'.repeat(255),
  `'; drop table job_runs; --`,
  '{}',
  '\u2028',
  '\ufeff',
];

describe('a job and a run may be called', () => {
  const service = useService({ tables: tablesOfJobs });

  for (const name of names) {
    it(JSON.stringify(name.slice(0, 40)), async () => {
      // A neighbour that the name must not be taken for.
      await collectGood(service, payloadOf([applicationStart(0)], { jobName: 'x', runId: 'y' }));
      const of = { jobName: name, runId: name };
      await collectGood(service, payloadOf([applicationStart(0), applicationEnd(9)], of));
      const path = encodeURIComponent(name);
      expect(await getJson(service, '/job'))
        .to.have.property('jobs')
        .that.has.members([name, 'x']);
      expect(await getJson(service, `/job/${path}`)).to.deep.equal({ run_ids: [name] });
      const [run] = runsAnswer.parse(await getJson(service, `/job/${path}/runs`));
      expect(run).to.include({ run_id: name, state: 'finished', events: 2 });
      expect(await getJson(service, `/job/${path}/${path}/duration`)).to.deep.equal({ 'duration-ms': 9 });
      expect(await getJson(service, `/job/${path}/${path}/events`))
        .to.have.property('events')
        .with.length(2);
    });
  }
});
