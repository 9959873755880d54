import { expect } from 'chai';
import fc from 'fast-check';

import { shardOf } from '../../shards/queue.ts';
import { bulkReports, gatherReports, type GatheredReports } from './bulk-reports.ts';
import type { Report } from '../reports/batches.ts';
import { parseReport } from '../reports/post-event.ts';
import { LAYOUT, nameIn, readRows, readSeconds } from '../reports/report-rows.ts';

const NOW = 1_700_000_000;
const SHARDS = 3;
const BATCH_SIZE = 4;

/** Every report that a part holds. */
function reportsIn({ bytes }: GatheredReports): Report[] {
  const buffer = Buffer.from(bytes.buffer);
  const reports: Report[] = [];
  readRows(buffer, LAYOUT, (hour, nameAt, nameEnd, deployAt, issueAt, end) => {
    const serviceName = nameIn(buffer, nameAt, nameEnd);
    const add = (state: Report['state']) => ({
      add: (second: number) => reports.push({ serviceName, state, second: hour * 3600 + second }),
    });
    readSeconds(buffer, deployAt, issueAt, add('deploy'));
    readSeconds(buffer, issueAt, end, add('issue'));
  });
  return reports;
}

/** By their seconds, which differ in this test. */
function inOrder(reports: readonly Report[]): Report[] {
  return reports.toSorted((a, b) => a.second - b.second);
}

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
          const gatherer = gatherReports(SHARDS, BATCH_SIZE);
          const expected = Array.from({ length: SHARDS }, (): Report[] => []);
          items.forEach((item, index) => {
            // Several hours, back and forth.
            const second = (index % 3) * 3600 + index;
            const single = parseReport({ ...item, timestamp: second + 0.5 }, NOW, 60);
            const faults = gatherer.add(item.service_name, item.state, second);
            expect(faults).to.deep.equal(Array.isArray(single) ? single : []);
            if (!Array.isArray(single)) expected[shardOf(single.serviceName, SHARDS)]?.push(single);
          });
          const gathered = gatherer.finish().map((parts) => parts.flatMap(reportsIn));
          expect(gathered.map(inOrder)).to.deep.equal(expected.map(inOrder));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('come in parts of at most a batch, in order', () => {
    const gatherer = gatherReports(1, BATCH_SIZE);
    for (let second = 0; second < 10; second++) gatherer.add('a', 'issue', second);
    const [parts] = gatherer.finish();
    expect(parts?.map((part) => reportsIn(part).map(({ second }) => second))).to.deep.equal([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(parts?.map(({ reports }) => reports)).to.deep.equal([4, 4, 2]);
  });

  it('come in parts that stay small with long names, however many a batch may have', () => {
    const bulk = bulkReports();
    const gatherer = bulk.begin(1, 20_000);
    const items = Array.from({ length: 7000 }, (_, index) => ({
      service_name: `${index}`.padEnd(255, 'x'),
      state: 'deploy',
      timestamp: NOW,
    }));
    for (const { service_name, state, timestamp } of items) gatherer.add(service_name, state, timestamp);
    const limits = { nowSeconds: NOW, maxFutureSeconds: 60, maxEvents: 10_000 };
    const body = Buffer.from(JSON.stringify(items));
    const scanned = bulk.scan(body, { format: 'array', shards: 1, batchSize: 20_000, ...limits });
    for (const parts of [gatherer.finish()[0], scanned?.reports[0]])
      expect(parts?.map(({ reports }) => reports)).to.deep.equal([3000, 3000, 1000]);
  });

  it('come in several rows where one would hold more than it can count', () => {
    const gatherer = gatherReports(1, 1_000_000);
    const states = ['deploy', 'issue'] as const;
    for (let index = 0; index < 140_000; index++) {
      gatherer.add('a', states[index < 70_000 ? 0 : 1], index % 3600);
    }
    const [[part] = []] = gatherer.finish();
    expect(part).to.include({ reports: 140_000, rows: 3 });
    const counts = { deploy: 0, issue: 0 };
    for (const { state } of part === undefined ? [] : reportsIn(part)) counts[state]++;
    expect(counts).to.deep.equal({ deploy: 70_000, issue: 70_000 });
  });

  it('are only checked where the timestamp is refused already', () => {
    const gatherer = gatherReports(1, BATCH_SIZE);
    expect(gatherer.add('a', 'issue', undefined)).to.deep.equal([]);
    expect(gatherer.add('', 'issue', undefined)).to.have.length(1);
    expect(gatherer.finish()).to.deep.equal([[]]);
  });
});
