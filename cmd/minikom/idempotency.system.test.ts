import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { allData, postEvents, postGoodEvents, tablesOfBulk } from './testing/bulk-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';
import { NOW, useService } from './testing/use-service.ts';

const items = (count: number, data: unknown = 'x') =>
  Array.from({ length: count }, (_, index) => ({ timestamp: NOW - index, data }));
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });

describe('an Idempotency-Key', () => {
  const service = useService({ tables: tablesOfBulk, environment: { SHARDS: '3' } });

  it('makes repeats of a request store nothing again and answer the same', async () => {
    for (let time = 0; time < 3; time++) {
      expect(await postGoodEvents(service, items(9000), withKey('a'))).to.equal(9000);
    }
    expect(await allData(service)).to.have.length(9000);
  });

  it('makes repeats at the same time store once', async () => {
    const told = await Promise.all(
      Array.from({ length: 8 }, () => postGoodEvents(service, items(6000), withKey('b'))),
    );
    expect(new Set(told)).to.deep.equal(new Set([6000]));
    expect(await allData(service)).to.have.length(6000);
  });

  it('is refused with another body, another format or another single_shard', async () => {
    await postGoodEvents(service, items(2), withKey('c'));
    const others = [
      postEvents(service, items(3), withKey('c')),
      postEvents(service, items(2), { ...withKey('c'), query: '?single_shard=true' }),
    ];
    for (const answer of await Promise.all(others)) {
      expectProblem(answer, 422, 'idempotency-key-reused');
    }
    expect(await allData(service)).to.have.length(2);
  });

  it('is not taken by a request that was refused', async () => {
    expectProblem(await postEvents(service, [{ timestamp: -1 }], withKey('d')), 400, 'invalid-request');
    expect(await postGoodEvents(service, items(2), withKey('d'))).to.equal(2);
  });

  it('of another request, or none, stores again', async () => {
    await postGoodEvents(service, items(2), withKey('e'));
    await postGoodEvents(service, items(2), withKey('f'));
    await postGoodEvents(service, items(2));
    await postGoodEvents(service, items(2));
    expect(await allData(service)).to.have.length(8);
  });
});

describe('a request with an Idempotency-Key that reached only some of the shards', () => {
  const first = useServiceBehindProxy({ environment: { SHARDS: '3', FLUSH_TIMEOUT_MS: '3000' } });

  it('is completed by its repeat, and stored once', async () => {
    // Repeats may meet another replica, with other settings, after the first one's restart.
    const second = await first.startAnother({ SHARDS: '2', BATCH_SIZE: '700' });
    const stored = () => allData(second);
    // One shard's flush is cut off at its start and has no way back; the others commit.
    const cut = first.proxy.cutAtAnswerTo('begin event batch');
    const answering = postEvents(first, items(7500), withKey('half'));
    await cut;
    await first.proxy.refuse();
    const answer = await answering;
    expect(answer.status, answer.text).to.equal(503);
    await first.proxy.listen();
    expect((await stored()).length).to.be.below(7500);
    expect(await postGoodEvents(second, items(7500), withKey('half'))).to.equal(7500);
    expect(await stored()).to.have.length(7500);
    await until('the first replica to take it too', async () => {
      const repeated = await postEvents(first, items(7500), withKey('half'));
      return repeated.status === 200;
    });
    expect(await stored()).to.have.length(7500);
  });
});
