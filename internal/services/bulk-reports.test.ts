import { expect } from 'chai';
import fc from 'fast-check';

import { shardOf } from '../shards/hash.ts';
import { gatherReports } from './bulk-reports.ts';
import { parseReport } from './report.ts';

const NOW = 1_700_000_000;
const SHARDS = 3;

const arbitraryField = fc.oneof(
  fc.constantFrom(
    'deploy',
    'issue',
    'idle',
    '',
    'a'.repeat(255),
    'a'.repeat(256),
    '😀'.repeat(255),
    '\u0000',
    '\ud800',
    null,
    7,
  ),
  fc.string({ unit: 'binary' }),
);

describe('reports of a bulk request', () => {
  it('are checked as single ones are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ service_name: arbitraryField, state: fc.oneof(arbitraryField, fc.constant('issue')) }),
        ),
        (items) => {
          const gatherer = gatherReports(SHARDS);
          const expected = Array.from({ length: SHARDS }, (): unknown[] => []);
          items.forEach((item, second) => {
            const single = parseReport({ ...item, timestamp: second + 0.5 }, NOW, 60);
            const faults = gatherer.add(item.service_name, item.state, second);
            expect(faults).to.deep.equal(Array.isArray(single) ? single : []);
            if (!Array.isArray(single)) expected[shardOf(single.serviceName, SHARDS)]?.push(single);
          });
          const gathered = gatherer.reports.map(({ serviceNames, seconds, issues }) =>
            serviceNames.map((serviceName, index) => ({
              serviceName,
              state: issues[index] === true ? 'issue' : 'deploy',
              second: seconds[index],
            })),
          );
          expect(gathered).to.deep.equal(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are only checked where the timestamp is refused already', () => {
    const gatherer = gatherReports(1);
    expect(gatherer.add('a', 'issue', undefined)).to.deep.equal([]);
    expect(gatherer.add('', 'issue', undefined)).to.have.length(1);
    expect(gatherer.reports).to.deep.equal([{ serviceNames: [], seconds: [], issues: [] }]);
  });
});
