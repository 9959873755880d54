import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory } from '../../testing/arbitrary-reports.ts';
import { foldedOf, observe } from '../../testing/columns-of.ts';
import { modelAnswers } from '../../testing/timeline-model.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { useDatabase } from '../../testing/use-database.ts';
import type { HistorySource } from '../history/reader.ts';
import { pack, unpack } from '../settling/packed-hours.ts';
import { storedHistory } from '../testing/stored-history.ts';
import { servicesInIssue } from './issues.ts';
import { issuesOfEach } from './shares.ts';

// The usual one, and those that are longer than what is read around a span: of all services, and one's own.
const gaps = fc.constantFrom<[number, number | null]>(
  [2, null],
  [40, null],
  [4000, null],
  [2, 400],
  [2, 4000],
);

describe('the services that were in issue', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  it('are counted as the model counts them, the longest first, whatever the histories', async () => {
    const edge = fc.record({ sighting: fc.nat(), shift: fc.integer({ min: -5, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryHistory, { minLength: 1, maxLength: 3 }),
        edge,
        edge,
        gaps,
        fc.constantFrom(0, 2, 5),
        async (histories, first, second, [gapSeconds, ownGapSeconds], pendingShare) => {
          await database.pool.query('truncate pending_reports, services, observations');
          const reports = histories.flatMap((history, index): ReportBody[] =>
            history.map((sighting) => ({ service_name: `service ${index}`, ...sighting })),
          );
          const isPending = (at: number) => pendingShare > 0 && at % pendingShare === 1;
          const settled = reports.filter((_, at) => !isPending(at));
          const table = foldedOf(reports.filter((_, at) => isPending(at)));
          const pending: HistorySource['pending'] = (services) =>
            Promise.resolve(unpack(pack(table.hoursOf(services))));
          await database.withClient((client) => observe(client, settled));
          await database.pool.query('update services set gap_seconds = $1', [ownGapSeconds]);
          const times = reports.map(({ timestamp }) => Math.floor(timestamp)).sort((a, b) => a - b);
          const at = ({ sighting, shift }: typeof first) =>
            Math.max(0, (times[sighting % times.length] ?? 0) + shift);
          const span = { from: Math.min(at(first), at(second)), to: Math.max(at(first), at(second)) + 1 };
          const stored = storedHistory(database.pool, gapSeconds);
          // A gap of its own is stored with what is settled.
          const gapOf = () => ownGapSeconds ?? gapSeconds;
          const source = { ...stored, gapOf, pending };
          const answer = await servicesInIssue(source, span);
          const rules = { gapSeconds: ownGapSeconds ?? gapSeconds };
          const { latestEvents } = modelAnswers(reports, (times.at(-1) ?? 0) + 10_000, rules);
          for (const [name, events] of latestEvents) {
            // The model tells the newest 50 only.
            if (events.length === 50) continue;
            const parts = events
              .filter(({ state }) => state === 'issue')
              .map(({ start_time, end_time }) => [start_time, end_time ?? Infinity] as const)
              .map(([start, end]) => Math.min(end, span.to) - Math.max(start, span.from))
              .filter((seconds) => seconds > 0);
            const found = answer.find(({ serviceName }) => serviceName === name);
            expect({ issues: found?.issues ?? 0, seconds: found?.issueSeconds ?? 0 }, name).to.deep.equal({
              issues: parts.length,
              seconds: parts.reduce((sum, seconds) => sum + seconds, 0),
            });
          }
          // By name, of two spans at once, they come to the same.
          const names = [...latestEvents.keys(), 'never reported'];
          const spans = [1, span.to - span.from];
          for (const [name, [, whole]] of await issuesOfEach(source, names, span.to, spans)) {
            const found = answer.find(({ serviceName }) => serviceName === name);
            expect(whole).to.deep.equal(found ?? { serviceName: name, issues: 0, issueSeconds: 0 });
          }
          const seconds = answer.map(({ issueSeconds }) => issueSeconds);
          expect(seconds).to.deep.equal(seconds.toSorted((a, b) => b - a));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('have issues apart from each other where a deploy that is stored lies between two that are pending', async () => {
    const report = (state: 'deploy' | 'issue', timestamp: number) => ({
      service_name: 'web',
      state,
      timestamp,
    });
    await database.withClient((client) => observe(client, [report('deploy', 100)]));
    const observed = { deploy: [], issue: [99, 101].map((start) => ({ start, end: start + 1 })) };
    const pending = new Map([['web', [{ serviceName: 'web', hour: 0, observed }]]]);
    const source = { ...storedHistory(database.pool, 2), pending: () => Promise.resolve(pending) };
    expect(await issuesOfEach(source, ['web'], 200, [200])).to.deep.equal(
      new Map([['web', [{ serviceName: 'web', issues: 2, issueSeconds: 2 }]]]),
    );
  });
});
