import { expect } from 'chai';
import fc from 'fast-check';

import { encodeRows, setPayloadId } from './rows.ts';
import { decodeRows } from './testing/decode-rows.ts';

describe('rows of Spark events', () => {
  it('are read back as they were written, with the id that is set later', () => {
    const event = fc.record({
      generatedMs: fc.double({ min: 0, max: 8.64e15, noNaN: true }),
      messageIndex: fc.nat(),
      content: fc.string({ unit: 'binary' }),
    });
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
    const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(name, name, fc.array(event), id, (jobName, runId, events, payloadId) => {
        const rows = encodeRows(jobName, runId, events);
        setPayloadId(rows, String(payloadId));
        expect(decodeRows(rows)).to.deep.equal(events.map((one) => ({ payloadId, jobName, runId, ...one })));
      }),
    );
  });

  it('fill a buffer that holds nothing else', () => {
    const rows = encodeRows('job', 'run', [{ generatedMs: 1, messageIndex: 0, content: '{}' }]);
    expect(rows.buffer.byteLength).to.equal(rows.length);
  });
});
