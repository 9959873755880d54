import { expect } from 'chai';
import fc from 'fast-check';
import type pg from 'pg';

import { createPool } from '../database/pool.ts';
import { flush, type FlushResult } from '../shards/worker.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import type { QueuedPayload } from './batches.ts';
import { jobNames, readRun, runsOf } from './queries.ts';
import { durationMs, stateOf } from './run-state.ts';
import { jobSink } from './sink.ts';
import { arbitraryPayloads, shuffledWithRepeats } from './testing/arbitrary-payloads.ts';
import { useJobDatabase } from './testing/job-database.ts';
import { modelRuns } from './testing/job-model.ts';
import { parseGood, queued } from './testing/parse-body.ts';
import {
  applicationEnd,
  applicationStart,
  heartbeat,
  payloadOf,
  sparkEvent,
  START_MS,
} from './testing/payload-body.ts';

describe('Spark jobs in Postgres', () => {
  const jobs = useJobDatabase();

  // Inside, so that its connections end before the database is dropped.
  describe('the sink of payloads', () => {
    let proxy: TcpProxy;
    /** As a worker's, by way of the proxy. */
    let workerPool: pg.Pool;

    before(async () => {
      proxy = await TcpProxy.before(jobs.connectionString);
      const settings = { applicationName: 'sink test', connectTimeoutMs: 5000, statementTimeoutMs: 5000 };
      workerPool = createPool({ connectionString: proxy.url, maxConnections: 6, ...settings });
    });

    after(async () => {
      await workerPool.end();
      await proxy.refuse();
    });

    async function write(...payloads: QueuedPayload[]): Promise<FlushResult> {
      const sinks = new Map([[jobSink.name, jobSink]]);
      const pause = () => Promise.resolve();
      // As a worker gets it: a copy of its own.
      const columns = structuredClone({ payloads });
      return flush({ sink: jobSink.name, columns, timeoutMs: 20_000 }, { pool: workerPool, sinks, pause });
    }

    const first = () => queued(payloadOf([applicationStart(0), sparkEvent(1, { id: 1 }), heartbeat]));
    const second = () =>
      queued(payloadOf([sparkEvent(1, { id: 2 }), applicationEnd(9)], { counter: 2 }), START_MS + 50);
    const CONTENTS = [applicationStart(0).content, '{"id":1}', '{"id":2}', applicationEnd(9).content];

    /** Expects that both payloads are stored, once. */
    async function expectBoth(): Promise<void> {
      expect(await jobs.contents()).to.deep.equal(CONTENTS);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.deep.equal({
        runId: 'r1',
        lastSeenMs: START_MS + 50,
        firstStartMs: START_MS,
        lastStartMs: START_MS,
        lastEndMs: START_MS + 9,
        events: 4,
      });
    }

    it('stores the events of a payload and what they say about the run', async () => {
      await write(first());
      expect(await jobs.events()).to.deep.equal([
        { generatedMs: START_MS, content: CONTENTS[0] },
        { generatedMs: START_MS + 1, content: CONTENTS[1] },
      ]);
      await write(second());
      await expectBoth();
    });

    it('stores payloads once, however often they come and in whatever order', async () => {
      for (const batch of [[first()], [first(), second()], [second(), second(), first()], [second()]]) {
        expect(await write(...batch)).to.include({ outcome: 'committed', attempts: 1 });
      }
      await expectBoth();
    });

    it('stores payloads once when they come at the same time, in other orders', async () => {
      const batches = Array.from({ length: 18 }, (_, index) =>
        index % 2 === 0 ? [first(), second()] : [second(), first()],
      );
      const results = await Promise.all(batches.map((batch) => write(...batch)));
      for (const result of results) expect(result).to.include({ outcome: 'committed', attempts: 1 });
      expect(await jobs.contents()).to.have.members(CONTENTS);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 4, lastSeenMs: START_MS + 50 });
    });

    it('stores a batch once if the answer to its COMMIT is lost', async () => {
      const lost = proxy.cutAtAnswerTo('commit');
      expect(await write(first(), second())).to.include({ outcome: 'committed', attempts: 2 });
      await lost;
      await expectBoth();
    });

    for (const statement of ['upsert job runs', 'copy job_events']) {
      it(`stores a batch once if the connection is lost within it: ${statement}`, async () => {
        const lost = proxy.cutAtAnswerTo(statement);
        expect(await write(first(), second())).to.include({ outcome: 'committed', attempts: 2 });
        await lost;
        await expectBoth();
      });
    }

    it('stores a batch once if the connection is lost while it looks for what is stored', async () => {
      await write(first());
      const lost = proxy.cutAtAnswerTo('stored job events');
      expect(await write(first(), second())).to.include({ outcome: 'committed', attempts: 2 });
      await lost;
      await expectBoth();
    });

    it('keeps the order of arrival of events of the same time, across payloads and batches', async () => {
      const at = (counter: number, ids: number[]) =>
        queued(
          payloadOf(
            ids.map((id) => sparkEvent(0, { id })),
            { counter },
          ),
        );
      await write(at(7, [1, 2]), at(3, [3, 4]));
      await write(at(5, [5]), at(1, [6, 7]));
      expect(await jobs.contents()).to.deep.equal([1, 2, 3, 4, 5, 6, 7].map((id) => `{"id":${id}}`));
    });

    it('stores all of a listener that counts anew under the same run, and hears that the run is alive', async () => {
      await write(first());
      const other = queued(payloadOf([sparkEvent(0, { other: 1 }), applicationEnd(5)]), START_MS + 70_000);
      await write(other);
      expect(await jobs.contents()).to.deep.equal([
        CONTENTS[0],
        '{"other":1}',
        CONTENTS[1],
        applicationEnd(5).content,
      ]);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({
        events: 4,
        lastEndMs: START_MS + 5,
        lastSeenMs: START_MS + 70_000,
      });
    });

    it('adds what a payload holds more when it comes again, under whatever counter, and doubles nothing', async () => {
      const [a, b, c] = [1, 2, 3].map((id) => sparkEvent(id, { id }));
      if (a === undefined || b === undefined || c === undefined) throw new Error('there are three');
      await write(queued(payloadOf([a, b])));
      await write(queued(payloadOf([a, b, c])));
      await write(queued(payloadOf([c, applicationStart(0), a], { counter: 0 })));
      expect(await jobs.contents()).to.deep.equal([
        applicationStart(0).content,
        ...[a, b, c].map(({ content }) => content),
      ]);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 4, firstStartMs: START_MS });
    });

    it('stores alike events of one payload each, and those of several payloads as often as the one with most', async () => {
      const alike = (count: number) => Array.from({ length: count }, () => sparkEvent(1, { id: 1 }));
      const other = sparkEvent(1, { id: 2 });
      await write(queued(payloadOf(alike(2))));
      await write(queued(payloadOf([other, ...alike(3)], { counter: 2 })), queued(payloadOf(alike(1))));
      await write(queued(payloadOf([...alike(2), other], { counter: 3 })));
      const one = '{"id":1}';
      expect(await jobs.contents()).to.deep.equal([one, one, '{"id":2}', one]);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 4 });
    });

    it('tells events apart by time and by content', async () => {
      const events = [sparkEvent(1, { id: 1 }), sparkEvent(1, { id: 2 }), sparkEvent(2, { id: 1 })];
      for (const event of events) await write(queued(payloadOf([event])));
      expect(await jobs.contents()).to.deep.equal(events.map(({ content }) => content));
    });

    it('hears of a run by heartbeats and empty payloads, which use up no counter', async () => {
      await write(queued(payloadOf([heartbeat])), queued(payloadOf([]), START_MS + 40));
      expect(await jobNames(jobs.pool)).to.deep.equal(['etl']);
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ events: 0, lastSeenMs: START_MS + 40 });
      await write(first());
      expect(await jobs.contents()).to.have.length(2);
    });

    it('never moves the last sight of a run back', async () => {
      await write(queued(payloadOf([heartbeat]), START_MS + 10));
      await write(queued(payloadOf([heartbeat]), START_MS + 5));
      expect(await readRun(jobs.pool, 'etl', 'r1')).to.include({ lastSeenMs: START_MS + 10 });
    });

    it('tells the same names of different runs and counters apart', async () => {
      for (const [jobName, runId, counter] of [
        ['a', 'b', 11],
        ['a', 'b1', 1],
        ['ab', '1', 1],
        ['a', 'b', 1],
      ] as const) {
        await write(queued(payloadOf([sparkEvent(0, { counter })], { jobName, runId, counter })));
      }
      expect(await jobs.contents('a', 'b')).to.have.length(2);
      expect(await jobs.contents('a', 'b1')).to.have.length(1);
      expect(await jobs.contents('ab', '1')).to.have.length(1);
    });

    it('takes the longest names and the largest content', async () => {
      const longest = '\u{1f600}'.repeat(255);
      const content = JSON.stringify({ a: 'x'.repeat(20_000_000) });
      const payload = parseGood(
        payloadOf([sparkEvent(0, content), sparkEvent(0, {})], { jobName: longest, runId: longest }),
      );
      expect(await write({ ...payload, seenMs: 0 })).to.include({ outcome: 'committed' });
      const stored = await jobs.contents(longest, longest);
      expect(stored.map((text) => text.length)).to.deep.equal([content.length, 2]);
      expect(stored[0] === content).to.equal(true);
    });

    it('lists jobs by name and runs in the order in which they were first heard of', async () => {
      for (const [jobName, runId] of [
        ['b', '2'],
        ['a', '9'],
        ['B', '1'],
        ['b', '1'],
        ['ä', '1'],
        ['b', '2'],
        ['b', '0'],
      ] as const) {
        await write(queued(payloadOf([heartbeat], { jobName, runId })));
      }
      expect(await jobNames(jobs.pool)).to.deep.equal(['B', 'a', 'b', 'ä']);
      expect((await runsOf(jobs.pool, 'b')).map(({ runId }) => runId)).to.deep.equal(['2', '1', '0']);
      expect(await runsOf(jobs.pool, 'c')).to.deep.equal([]);
    });

    it('does not depend on how messages are split into payloads, nor on the order of those', async () => {
      const messages = [
        applicationStart(0),
        ...Array.from({ length: 12 }, (_, id) => sparkEvent(id + 1, { id })),
        applicationEnd(20),
      ];
      const cuts = fc.uniqueArray(fc.integer({ min: 1, max: messages.length - 1 }));
      const split = cuts.chain((places) => {
        const ends = [...places.sort((a, b) => a - b), messages.length];
        const parts = ends.map((end, part) => messages.slice(part === 0 ? 0 : ends[part - 1], end));
        return shuffledWithRepeats(parts.map((part, counter) => payloadOf(part, { counter })));
      });
      await fc.assert(
        fc.asyncProperty(split, async (payloads) => {
          await jobs.clear();
          for (const body of payloads) await write(queued(body));
          expect(await jobs.contents()).to.deep.equal(messages.map(({ content }) => content));
          const run = await readRun(jobs.pool, 'etl', 'r1');
          expect(run && durationMs(run)).to.equal(20);
          expect(run).to.include({ events: messages.length });
        }),
        { numRuns: 25 },
      );
    });

    it("equals the naive model's, in any order, with repeats and in any batches", async () => {
      const scenario = arbitraryPayloads.chain((payloads) =>
        fc.record({
          sent: shuffledWithRepeats(payloads),
          batchSize: fc.integer({ min: 1, max: 6 }),
          nowAfterMs: fc.constantFrom(0, 59_000, 61_000),
        }),
      );
      await fc.assert(
        fc.asyncProperty(scenario, async ({ sent, batchSize, nowAfterMs }) => {
          await jobs.clear();
          const arrivals = sent.map((body, index) => ({ body, seenMs: START_MS + index }));
          for (let from = 0; from < arrivals.length; from += batchSize) {
            const batch = arrivals.slice(from, from + batchSize);
            await write(...batch.map(({ body, seenMs }) => queued(body, seenMs)));
          }
          const nowMs = START_MS + nowAfterMs;
          const expected = modelRuns(arrivals, nowMs);
          for (const [key, model] of expected) {
            const [jobName = '', runId = ''] = key.split('/');
            const run = await readRun(jobs.pool, jobName, runId);
            const events = await jobs.events(jobName, runId, { maxEvents: 3, maxBytes: 200 });
            expect(run && { state: stateOf(run, nowMs), durationMs: durationMs(run) }).to.deep.equal({
              state: model.state,
              durationMs: model.durationMs,
            });
            expect(run).to.include({
              events: model.events.length,
              firstStartMs: model.startedAt,
              lastEndMs: model.endedAt,
              lastSeenMs: model.lastSeenAt,
            });
            expect(events.map(({ generatedMs, content }) => [generatedMs, content])).to.deep.equal(
              model.events,
            );
          }
          const known = new Set([...expected.keys()].map((key) => key.split('/')[0]));
          expect(await jobNames(jobs.pool)).to.deep.equal([...known].sort());
        }),
        { numRuns: 60 },
      );
    });
  });
});
