import { expect } from 'chai';

import { until } from '../testing/until.ts';
import type { RequestOptions } from './request-chunks.ts';
import { RequestSupply } from './request-supply.ts';
import { planOf } from './testing/plan-of.ts';

const options: RequestOptions = {
  plan: planOf({ mode: 'single', batch: 1, events: 20_000 }),
  target: { host: 'h', basePath: '', writeToken: undefined, readToken: undefined },
  gzip: false,
  idempotencyKey: undefined,
};

describe('the supply of requests', () => {
  let supply: RequestSupply | undefined;

  afterEach(() => supply?.stop());

  it('has all requests of a small plan built before the start, and gives them in order', async () => {
    supply = new RequestSupply(options);
    await supply.filled;
    let taken = 0;
    for (let request = supply.take(); request !== undefined; request = supply.take()) {
      expect(request.index).to.equal(taken++);
      expect(request.events).to.equal(1);
    }
    expect(taken).to.equal(20_000);
    expect(supply.isAtEnd).to.equal(true);
  });

  it('is soon filled by an endless plan, and goes on when some were taken', async () => {
    supply = new RequestSupply({ ...options, plan: planOf({ events: Infinity, batch: 10_000 }) });
    await supply.filled;
    let taken = 0;
    while (taken < 210) {
      if (supply.take() !== undefined) taken++;
      else await until('more requests', () => new Promise((resolve) => setImmediate(resolve, true)));
    }
    expect(supply.isAtEnd).to.equal(false);
  }).timeout(60_000);

  it('is filled by as many as are enough', async () => {
    supply = new RequestSupply({ ...options, plan: planOf({ events: Infinity }) }, 5);
    await supply.filled;
    for (let index = 0; index < 5; index++) expect(supply.take()).to.include({ index });
  });

  it('says why requests cannot be built', async () => {
    supply = new RequestSupply({ ...options, plan: planOf({ mode: 'unknown' }) });
    const failure = await supply.filled.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('message').that.includes('no mode unknown');
    expect(supply.failure).to.equal(failure);
    expect(supply.isAtEnd).to.equal(true);
  });
});
