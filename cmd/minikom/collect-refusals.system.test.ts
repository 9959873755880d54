import { gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { z } from 'zod';

import {
  heartbeat,
  payloadOf,
  sparkEvent,
  type MessageBody,
} from '../../internal/jobs/testing/payload-body.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { collect, collectGood, expectNoJobs, getContents, tablesOfJobs } from './testing/job-client.ts';
import { useService } from './testing/use-service.ts';

const shardsAnswer = z.object({ shards: z.array(z.object({ queued: z.int() })) });

const good = payloadOf([sparkEvent(0, {}), heartbeat]);

describe('POST /collect refuses', () => {
  const service = useService({ tables: tablesOfJobs });

  const cases: readonly (readonly [what: string, body: object, error: object])[] = [
    ['no job_name', { ...good, job_name: undefined }, { field: 'job_name' }],
    ['an empty run_id', { ...good, run_id: '' }, { field: 'run_id' }],
    ['a control character in job_name', { ...good, job_name: 'a\u001bb' }, { field: 'job_name' }],
    ['a lone surrogate in run_id', { ...good, run_id: 'a\udc00' }, { field: 'run_id' }],
    ['256 characters in job_name', { ...good, job_name: 'é'.repeat(256) }, { field: 'job_name' }],
    ['no counters', { ...good, counters: undefined }, { field: 'counters.payload_counter' }],
    ['no payload_counter', { ...good, counters: {} }, { field: 'counters.payload_counter' }],
    ['no messages', { ...good, messages: undefined }, { field: 'messages' }],
    [
      'one event of many that is no object',
      payloadOf([sparkEvent(0, {}), sparkEvent(0, '[]'), sparkEvent(0, {})]),
      { index: 1, field: 'content' },
    ],
    [
      'an unknown message_type after good messages',
      { ...good, messages: [...good.messages, { ...heartbeat, message_type: 'metrics' }] },
      { index: 2, field: 'message_type' },
    ],
    [
      'a heartbeat without a time',
      { ...good, messages: [...good.messages, { message_type: 'heartbeat', content: '' }] },
      { index: 2, field: 'generated_at' },
    ],
  ];

  for (const [what, body, error] of cases) {
    it(what, async () => {
      const { errors } = expectProblem(await collect(service, body), 400, 'invalid-request');
      expect(errors).to.have.length(1);
      expect(errors?.[0]).to.include(error);
      await expectNoJobs(service);
    });
  }

  it('all of a large payload for one bad message, naming the first 20', async () => {
    const messages = Array.from({ length: 20_000 }, (_, id) => sparkEvent(id, { id }));
    const one = payloadOf(messages.with(19_999, sparkEvent(0, '{"a":}')));
    const { errors } = expectProblem(await collect(service, one), 400, 'invalid-request');
    expect(errors).to.deep.equal([
      { index: 19_999, field: 'content', message: 'must be the text of a JSON object' },
    ]);
    const all = payloadOf(messages.map((message) => ({ ...message, content: 'no' })));
    const problem = expectProblem(await collect(service, all), 400, 'invalid-request');
    expect(problem.errors).to.have.length(20);
    await expectNoJobs(service);
  });

  it('what is no JSON, no UTF-8 or no gzip', async () => {
    const json = JSON.stringify(good);
    for (const [body, headers] of [
      ['', {}],
      [json.slice(0, -1), {}],
      [Buffer.concat([Buffer.from(json), Buffer.from([0xff])]), {}],
      [json, { 'content-encoding': 'gzip' }],
      [gzipSync(json).subarray(0, -9), { 'content-encoding': 'gzip' }],
    ] as const) {
      expectProblem(await collect(service, body, headers), 400, 'invalid-body');
    }
    expectProblem(await collect(service, [good]), 400, 'invalid-request');
    await expectNoJobs(service);
  });

  it('with 415 what it cannot read', async () => {
    for (const headers of [
      { 'content-encoding': 'zstd' },
      { 'content-type': 'multipart/form-data; boundary=x' },
    ]) {
      expectProblem(await collect(service, good, headers), 415, 'unsupported-media-type');
    }
    await expectNoJobs(service);
  });

  it('with 413 what expands past the limit', async () => {
    const body = gzipSync(JSON.stringify(good).padEnd(33_554_433));
    expectProblem(await collect(service, body, { 'content-encoding': 'gzip' }), 413, 'too-large');
    await expectNoJobs(service);
  });

  it('with 403 what a page of another origin sends', async () => {
    expectProblem(await collect(service, good, { origin: 'https://elsewhere.example' }), 403, 'cross-origin');
    await expectNoJobs(service);
  });

  for (const [method, path, allow] of [
    ['GET', '/collect', 'POST'],
    ['POST', '/job', 'HEAD, GET'],
    ['DELETE', '/job/etl', 'HEAD, GET'],
    ['PUT', '/job/etl/r1/events', 'HEAD, GET'],
  ] as const) {
    it(`${method} ${path} with what is allowed instead`, async () => {
      const answer = await service.send({ method, path });
      expectProblem(answer, 405, 'method-not-allowed');
      expect(answer.headers.allow).to.equal(allow);
    });
  }
});

describe('POST /collect with MAX_BATCH_EVENTS', () => {
  const service = useService({ tables: tablesOfJobs, environment: { MAX_BATCH_EVENTS: '3' } });
  const of = (count: number) => payloadOf(Array.from({ length: count }, (_, id) => sparkEvent(id, { id })));

  it('takes that many messages and refuses more with 413', async () => {
    expectProblem(await collect(service, of(4)), 413, 'too-large');
    await expectNoJobs(service);
    await collectGood(service, of(3));
    expect(await getContents(service)).to.have.length(3);
  });
});

describe('POST /collect with MAX_QUEUED_EVENTS', () => {
  const service = useService({
    tables: tablesOfJobs,
    environment: { SHARDS: '1', MAX_QUEUED_EVENTS: '2', FLUSH_TIMEOUT_MS: '20000' },
  });
  const of = (counter: number, events: number) =>
    payloadOf(new Array<MessageBody>(events).fill(sparkEvent(0, { counter })), { counter });

  it('asks to come again when the queue is full, having queued nothing', async () => {
    const blocker = await service.database.connect();
    await blocker.query('begin; lock table job_runs in exclusive mode');
    const inFlight = collectGood(service, of(1, 1));
    await until('a flush waits', async () => {
      const { rowCount } = await blocker.query(
        `select from pg_locks join pg_database on pg_database.oid = pg_locks.database
         where datname = current_database() and not granted and locktype = 'relation'`,
      );
      return rowCount === 1;
    });
    const queued = collectGood(service, of(2, 2));
    await until('a payload waits behind it', async () => {
      const { shards } = shardsAnswer.parse(await getJson(service, '/shards'));
      return shards[0]?.queued === 2;
    });
    const answer = await collect(service, of(3, 1));
    expectProblem(answer, 503, 'unavailable');
    expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
    await blocker.query('commit');
    blocker.release();
    await Promise.all([inFlight, queued]);
    expect(await getContents(service)).to.deep.equal(['{"counter":1}', '{"counter":2}', '{"counter":2}']);
  });

  it('refuses with 413 what no queue holds', async () => {
    expectProblem(await collect(service, of(1, 3)), 413, 'too-large');
    await expectNoJobs(service);
    await collectGood(service, of(1, 2));
  });
});

describe('jobs with tokens', () => {
  const service = useService({
    tables: tablesOfJobs,
    environment: { WRITE_TOKENS: 'writer-0123456789', READ_TOKENS: 'reader-0123456789' },
  });

  it('need the token for writing to collect and the one for reading to be read', async () => {
    expectProblem(await collect(service, good), 401, 'unauthorized');
    expectProblem(
      await collect(service, good, { authorization: 'Bearer reader-0123456789' }),
      401,
      'unauthorized',
    );
    await collectGood(service, good, { authorization: 'Bearer writer-0123456789' });
    for (const path of ['/job', '/job/etl', '/job/etl/runs', '/job/etl/r1/events', '/job/etl/r1/duration']) {
      expectProblem(await service.send({ path }), 401, 'unauthorized');
      const answer = await service.send({ path, headers: { authorization: 'Bearer reader-0123456789' } });
      expect(answer.status, path).to.equal(200);
    }
  });
});
