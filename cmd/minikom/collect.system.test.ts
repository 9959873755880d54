import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';
import { z } from 'zod';

import {
  applicationEnd,
  applicationStart,
  heartbeat,
  payloadOf,
  sparkEvent,
  START_MS,
} from '../../internal/jobs/testing/payload-body.ts';
import { getJson } from './testing/asking.ts';
import { collectGood, getContents, getEvents, tablesOfJobs } from './testing/job-client.ts';
import { NOW, useService } from './testing/use-service.ts';

const MIB = 1024 * 1024;
const workers = z.object({ workers: z.array(z.object({ events_count: z.int() })) });

describe('POST /collect', () => {
  const service = useService({ tables: tablesOfJobs });

  it('stores a run that all other questions are answered from', async () => {
    const started = payloadOf([applicationStart(0), heartbeat, sparkEvent(7, { Event: 'X' })]);
    await collectGood(service, started);
    await collectGood(service, payloadOf([applicationEnd(5000)], { counter: 2 }));
    expect(await getJson(service, '/job')).to.deep.equal({ jobs: ['etl'] });
    expect(await getJson(service, '/job/etl')).to.deep.equal({ run_ids: ['r1'] });
    const [start, , other] = started.messages;
    expect(await getEvents(service)).to.deep.equal([start, other, applicationEnd(5000)]);
    expect(await getJson(service, '/job/etl/r1/duration')).to.deep.equal({ 'duration-ms': 5000 });
    expect(await getJson(service, '/job/etl/runs')).to.deep.equal([
      {
        run_id: 'r1',
        state: 'finished',
        started_at: START_MS,
        ended_at: START_MS + 5000,
        duration_ms: 5000,
        last_seen_at: NOW * 1000,
        events: 3,
      },
    ]);
  });

  it('stores a payload once, however often it comes and whenever it says it was sent', async () => {
    const body = payloadOf([applicationStart(0), sparkEvent(1, { id: 1 })]);
    for (let times = 0; times < 3; times++) await collectGood(service, { ...body, sent_at: times });
    await Promise.all(
      Array.from({ length: 10 }, () =>
        collectGood(service, gzipSync(JSON.stringify(body)), { 'content-encoding': 'gzip' }),
      ),
    );
    expect(await getEvents(service)).to.deep.equal(body.messages);
  });

  it('loses nothing of a listener that counts from 0 again after a restart', async () => {
    const sent = Array.from({ length: 6 }, (_, id) => sparkEvent(id, { id }));
    for (const [index, message] of sent.entries()) {
      await collectGood(service, payloadOf([message], { counter: index % 3 }));
    }
    expect(await getEvents(service)).to.deep.equal(sent);
    expect(await getJson(service, '/job/etl/runs')).to.have.nested.property('[0].events', 6);
  });

  it('adds what a repeated payload holds more, and doubles nothing', async () => {
    const sent = Array.from({ length: 6 }, (_, id) => sparkEvent(id, { id }));
    for (const count of [2, 5, 3, 6]) await collectGood(service, payloadOf(sent.slice(0, count)));
    expect(await getEvents(service)).to.deep.equal(sent);
    expect(await getJson(service, '/job/etl/runs')).to.have.nested.property('[0].events', 6);
  });

  it('sorts events by generated_at, and equal ones by arrival', async () => {
    await collectGood(
      service,
      payloadOf([sparkEvent(5, { id: 1 }), sparkEvent(3, { id: 2 })], { counter: 9 }),
    );
    await collectGood(
      service,
      payloadOf([sparkEvent(3, { id: 3 }), sparkEvent(5, { id: 4 })], { counter: 4 }),
    );
    await collectGood(
      service,
      payloadOf([sparkEvent(0, { id: 5 }), sparkEvent(3, { id: 6 })], { counter: 5 }),
    );
    const ids = (await getContents(service)).map((content) => (JSON.parse(content) as { id: number }).id);
    expect(ids).to.deep.equal([5, 2, 3, 6, 1, 4]);
  });

  for (const [what, content] of [
    ['escapes of what Postgres refuses', '{"nul":"\\u0000","half":"\\ud800"}'],
    ['large integers, repeated keys and blanks', ' {"a": 12345678901234567890,\n\t"a": 1.0 } '],
    ['every script', '{"naïve ☂":"\u{1f600}\u2028שלום"}'],
    ['__proto__', '{"__proto__":{"x":1},"constructor":null}'],
  ] as const) {
    it(`gives back an event as it came: ${what}`, async () => {
      await collectGood(service, payloadOf([sparkEvent(0, content)]));
      expect(await getContents(service)).to.deep.equal([content]);
    });
  }

  for (const [encoding, compress] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
  })) {
    it(`takes ${encoding}, whatever Content-Type says`, async () => {
      const body = compress(JSON.stringify(payloadOf([sparkEvent(0, {})])));
      const headers = { 'content-encoding': encoding, 'content-type': 'text/plain' };
      await collectGood(service, body, headers);
      expect(await getContents(service)).to.deep.equal(['{}']);
    });
  }

  it('takes 30 MiB in gzip, while others are answered', async () => {
    const large = JSON.stringify({ Event: 'SparkListenerTaskEnd', Accumulables: 'x☂"\\'.repeat(400) });
    const messages = Array.from({ length: 6200 }, (_, id) =>
      sparkEvent(id, large.replace('{', `{"id":${id},`)),
    );
    messages.push(applicationStart(0), applicationEnd(20_000));
    const body = JSON.stringify(payloadOf(messages));
    expect(Buffer.byteLength(body)).to.be.within(28 * MIB, 32 * MIB);
    const storing = { done: false };
    const stored = collectGood(service, gzipSync(body), { 'content-encoding': 'gzip' }).finally(() => {
      storing.done = true;
    });
    let meanwhile = 0;
    for (; !storing.done; meanwhile++) {
      expect((await service.send({ path: '/health' })).status).to.equal(200);
    }
    await stored;
    // It would be one or two if the body were parsed where requests are answered.
    expect(meanwhile).to.be.greaterThan(10);
    const contents = await getContents(service);
    expect(contents).to.have.length(6202);
    expect(contents[5001]).to.equal(messages[5000]?.content);
    expect(await getJson(service, '/job/etl/r1/duration')).to.deep.equal({ 'duration-ms': 20_000 });
  });

  it('counts the messages that it acknowledged for its workers', async () => {
    const counted = async () =>
      workers
        .parse(await getJson(service, '/workers'))
        .workers.reduce((sum, { events_count }) => sum + events_count, 0);
    const before = await counted();
    await collectGood(service, payloadOf([sparkEvent(0, {}), heartbeat, heartbeat]));
    await collectGood(service, payloadOf([]));
    expect((await counted()) - before).to.equal(3);
  });
});
