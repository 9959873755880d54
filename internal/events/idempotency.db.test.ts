import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import { parseIdempotencyKey, takeKey } from './idempotency.ts';
import { useEventDatabase } from './testing/event-database.ts';

const hash = (text: string) => createHash('sha256').update(text).digest();

describe('an idempotency key', () => {
  const events = useEventDatabase();
  const take = (key: string, body: string, partSize = 10) => takeKey(events.pool, key, hash(body), partSize);

  async function refused(work: Promise<unknown>): Promise<number> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof Problem) return error.status;
    throw new Error('it was not refused', { cause: error });
  }

  it('is recognised with the same request, and keeps the size of its parts', async () => {
    const first = await take('a', 'body', 10);
    expect(first.partSize).to.equal(10);
    expect(await take('a', 'body', 3)).to.deep.equal(first);
    expect((await take('b', 'body')).keyId).not.to.equal(first.keyId);
  });

  it('is refused with another request', async () => {
    const first = await take('a', 'body');
    expect(await refused(take('a', 'other'))).to.equal(422);
    expect(await take('a', 'body')).to.deep.equal(first);
  });

  it('is taken once by requests that come at once', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take('a', 'body', index + 1)));
    expect(new Set(taken.map(({ keyId, partSize }) => `${keyId} ${partSize}`)).size).to.equal(1);
  });

  it('is free again after a day, for one request', async () => {
    const first = await take('a', 'body');
    await events.pool.query(`update idempotency_keys set created_at = now() - interval '24 hours 1 second'`);
    const taken = await Promise.all([take('a', 'other', 5), take('a', 'other', 6)]);
    expect(taken[0]).to.deep.equal(taken[1]);
    expect(taken[0].keyId).not.to.equal(first.keyId);
    expect(await refused(take('a', 'body'))).to.equal(422);
  });

  it('is still known just before a day is over', async () => {
    await take('a', 'body');
    await events.pool.query(
      `update idempotency_keys set created_at = now() - interval '23 hours 59 minutes'`,
    );
    expect(await refused(take('a', 'other'))).to.equal(422);
  });

  it('is 1 to 255 visible ASCII characters', () => {
    for (const key of ['a', '!~"', 'x'.repeat(255)]) expect(parseIdempotencyKey(key)).to.equal(key);
    expect(parseIdempotencyKey(undefined)).to.equal(undefined);
    for (const key of ['', ' ', 'a b', 'é', '\u007f', 'x'.repeat(256), ['a', 'b']]) {
      expect(() => parseIdempotencyKey(key))
        .to.throw(Problem)
        .with.property('status', 400);
    }
  });
});
