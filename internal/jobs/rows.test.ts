import { createHash } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import {
  digestOf,
  encodeRows,
  generatedMsOf,
  identityOf,
  numberRows,
  occurrenceOf,
  readRows,
} from './rows.ts';
import { decodeRows } from './testing/decode-rows.ts';

const event = fc.record({
  generatedMs: fc.double({ min: 0, max: 8.64e15, noNaN: true }).map((ms) => ms + 0),
  content: fc.string({ unit: 'binary' }),
});
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
const digestHex = (content: string) => createHash('sha256').update(content).digest('hex').slice(0, 32);

describe('rows of Spark events', () => {
  it('are read back as they were written, with the numbers that are set later', () => {
    const first = fc.nat({ max: Number.MAX_SAFE_INTEGER - 100 });
    fc.assert(
      fc.property(name, name, fc.array(event), first, (jobName, runId, events, firstArrival) => {
        const rows = encodeRows(jobName, runId, events);
        numberRows(readRows(rows), firstArrival);
        const decoded = decodeRows(rows).map(({ occurrence, ...row }) => {
          expect(occurrence).to.be.at.least(1);
          return row;
        });
        expect(decoded).to.deep.equal(
          events.map((one, index) => ({
            arrival: BigInt(firstArrival + index),
            jobName,
            runId,
            contentDigest: digestHex(one.content),
            ...one,
          })),
        );
      }),
    );
  });

  it('say what each event is known by', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const sent = [...events, ...events];
        const rows = readRows(encodeRows('job', 'run', sent));
        expect(rows.map(generatedMsOf)).to.deep.equal(sent.map(({ generatedMs }) => generatedMs));
        expect(rows.map((row) => digestOf(row).toString('hex'))).to.deep.equal(
          sent.map(({ content }) => digestHex(content)),
        );
        expect(rows.map(identityOf)).to.have.length(new Set(rows.map(identityOf)).size);
        expect(Math.max(0, ...rows.map(occurrenceOf)) >= 2).to.equal(events.length > 0);
      }),
    );
  });

  it('are copied without those left out, in as few pieces as they lie in', () => {
    const events = Array.from({ length: 6 }, (_, id) => ({ generatedMs: id, content: `{"id":${id}}` }));
    const rows = readRows(encodeRows('job', 'run', events));
    const pieces = numberRows(
      rows.filter((_, index) => index !== 2 && index !== 4),
      7,
    );
    expect(pieces).to.have.length(3);
    const copied = decodeRows(Buffer.concat(pieces)).map(({ arrival, content }) => [arrival, content]);
    expect(copied).to.deep.equal([
      [7n, '{"id":0}'],
      [8n, '{"id":1}'],
      [9n, '{"id":3}'],
      [10n, '{"id":5}'],
    ]);
  });

  it('fill a buffer that holds nothing else', () => {
    const rows = encodeRows('job', 'run', [{ generatedMs: 1, content: '{}' }]);
    expect(rows.buffer.byteLength).to.equal(rows.length);
  });
});
