import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { allData, eventsCounted, postEvents, postGoodEvents, tablesOfBulk } from './testing/bulk-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

const good = { timestamp: NOW, data: 1 };
const MIB = 1024 * 1024;

describe('POST /events refuses', () => {
  const service = useService({
    tables: tablesOfBulk,
    environment: { SHARDS: '2', MAX_BATCH_EVENTS: '20000', MAX_QUEUED_EVENTS: '10000' },
  });

  async function expectNothingStored(): Promise<void> {
    expect(await allData(service)).to.deep.equal([]);
    expect((await service.send({ path: '/services' })).text).to.equal('{}');
  }

  for (const [what, size] of [
    ['a small body', 3],
    ['a body that a thread parses', 9000],
  ] as const) {
    it(`${what} with one bad item, by index and field`, async () => {
      const items: unknown[] = Array.from({ length: size }, () => ({
        ...good,
        service_name: 'a',
        state: 'issue',
      }));
      items[size - 1] = { timestamp: -1, service_name: '', state: 'down' };
      const problem = expectProblem(await postEvents(service, items), 400, 'invalid-request');
      const fields = problem.errors?.map(
        (error) => `${(error as { index?: number }).index ?? ''} ${error.field}`,
      );
      expect(fields).to.deep.equal([
        `${size - 1} service_name`,
        `${size - 1} state`,
        `${size - 1} timestamp`,
      ]);
      await expectNothingStored();
    });
  }

  it('a thousand bad items, of which it names the first twenty', async () => {
    const problem = expectProblem(await postEvents(service, new Array(1000).fill(1)), 400, 'invalid-request');
    expect(problem.errors).to.have.length(20);
  });

  for (const [what, body, status, code] of [
    ['no body', '', 400, 'invalid-body'],
    ['what is no JSON', '[{"timestamp":1},', 400, 'invalid-body'],
    ['one object', '{"timestamp":1}', 400, 'invalid-request'],
    ['text', '"a"', 400, 'invalid-request'],
    ['more events than allowed', JSON.stringify(new Array(20_001).fill(good)), 413, 'too-large'],
    ['what is not UTF-8', Buffer.from('[{"timestamp":1,"data":"\xff"}]', 'latin1'), 400, 'invalid-body'],
    ['more bytes than allowed', Buffer.alloc(33 * MIB, ' '), 413, 'too-large'],
  ] as const) {
    it(what, async () => {
      expectProblem(await postEvents(service, body), status, code);
      await expectNothingStored();
    });
  }

  it('a bomb', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expectProblem(
      await postEvents(service, gzipSync(Buffer.alloc(64 * MIB, ' ')), { headers }),
      413,
      'too-large',
    );
  });

  it('a bad query and a bad key, by name', async () => {
    for (const query of ['?single_shard=yes', '?single_shard=', '?single_shard=true&single_shard=true']) {
      const problem = expectProblem(await postEvents(service, [good], { query }), 400, 'invalid-request');
      expect(problem.errors?.[0]?.field).to.equal('single_shard');
    }
    for (const key of ['', 'with blank', 'x'.repeat(256)]) {
      const headers = { 'idempotency-key': key };
      const problem = expectProblem(await postEvents(service, [good], { headers }), 400, 'invalid-request');
      expect(problem.errors?.[0]?.field).to.equal('Idempotency-Key');
    }
    await expectNothingStored();
  });

  it('what does not fit into one of the queues at once, with nothing of it queued', async () => {
    const counted = await eventsCounted(service);
    // Half of 20,000 would fit nowhere beside a report; one shard has no room for 10,001.
    const items: unknown[] = Array.from({ length: 15_000 }, () => good);
    const answer = await postEvents(service, items, { query: '?single_shard=true' });
    expectProblem(answer, 503, 'unavailable');
    expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
    await expectNothingStored();
    expect(await eventsCounted(service)).to.equal(counted);
    expect(await postGoodEvents(service, items)).to.equal(15_000);
  });

  it('what a router or another method would make of it', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await service.send({ method, path: '/events' });
      expectProblem(answer, 405, 'method-not-allowed');
      expect(answer.headers.allow).to.equal('POST, HEAD, GET');
    }
  });
});
