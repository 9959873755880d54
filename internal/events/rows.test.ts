import { expect } from 'chai';
import fc from 'fast-check';

import { evenPartSize, type EventPart, regroup } from './rows.ts';
import { decodeRows } from './testing/decode-rows.ts';
import { NOW, parseGood } from './testing/parse-text.ts';

const arbitraryItems = fc.array(
  fc.record({ timestamp: fc.nat({ max: NOW }), data: fc.jsonValue() }, { requiredKeys: ['timestamp'] }),
  { maxLength: 40 },
);

const joined = (parts: readonly EventPart[]) => Buffer.concat(parts.map(({ rows }) => rows));

describe('parts of a request', () => {
  it('hold the same events in the same order whatever their size, each in a buffer of its own', () => {
    fc.assert(
      fc.property(
        arbitraryItems,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        (items, batchSize, partSize) => {
          const { parts } = parseGood(items, { batchSize });
          const regrouped = regroup(joined(parts), partSize);
          expect(decodeRows(regrouped)).to.deep.equal(decodeRows(parts));
          expect(regrouped.slice(0, -1).every(({ events }) => events === partSize)).to.equal(true);
          for (const { rows } of [...parts, ...regrouped])
            expect(rows.buffer.byteLength).to.equal(rows.byteLength);
        },
      ),
    );
  });

  it('are regrouped to what the first try had', () => {
    const items = Array.from({ length: 23 }, (_, index) => ({ timestamp: index, data: { index } }));
    const first = parseGood(items, { batchSize: 10 });
    const later = parseGood(items, { batchSize: 3 });
    const plain = (parts: typeof first.parts) =>
      parts.map(({ events, rows }) => [events, Buffer.from(rows).toString('hex')]);
    expect(plain(regroup(joined(later.parts), first.partSize))).to.deep.equal(plain(first.parts));
  });

  it('are even, and never larger than a batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 30_000 }),
        (events, batchSize) => {
          const size = evenPartSize(events, batchSize);
          expect(size).to.be.within(1, Math.min(batchSize, 2500));
          expect(Math.ceil(events / size)).to.equal(Math.ceil(events / Math.min(batchSize, 2500)));
        },
      ),
    );
    expect(evenPartSize(0, 10)).to.equal(1);
    expect(evenPartSize(12_000, 20_000)).to.equal(2400);
  });
});
