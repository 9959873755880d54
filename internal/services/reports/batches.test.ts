import { expect } from 'chai';

import { appendReport, reportBatches, reportSink } from './batches.ts';

describe('a batch of reports', () => {
  const batchOf = (reports: number) => {
    const columns = reportBatches().emptyColumns();
    for (let second = 0; second < reports; second++) {
      appendReport(columns, { serviceName: 'web', state: 'deploy', second });
    }
    return columns;
  };

  it('is let go of once it is written, where that is worth it', () => {
    const large = batchOf(2000);
    expect([...(reportSink().buffersOf?.(large) ?? [])]).to.deep.equal([large.bytes.buffer]);
    expect([...(reportSink().buffersOf?.(batchOf(20)) ?? [])]).to.deep.equal([]);
  });
});
