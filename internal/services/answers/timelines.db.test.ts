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
import { timelinesOf } from './timelines.ts';

const rules = { gapSeconds: 2, maxDelaySeconds: 10 };

describe('the timelines of a span', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  it('are the intervals that hold a second of it, cut to it, of each service that is asked for', async () => {
    const edge = fc.record({ sighting: fc.nat(), shift: fc.integer({ min: -5, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryHistory, { minLength: 1, maxLength: 3 }),
        edge,
        edge,
        fc.integer({ min: -20, max: 20 }),
        fc.constantFrom(0, 2, 5),
        async (histories, first, second, silence, pendingShare) => {
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
          // The edges lie close to where something was seen, as does the present.
          const times = reports.map(({ timestamp }) => Math.floor(timestamp)).sort((a, b) => a - b);
          const at = ({ sighting, shift }: typeof first) =>
            Math.max(0, (times[sighting % times.length] ?? 0) + shift);
          const from = Math.min(at(first), at(second));
          const to = Math.max(at(first), at(second)) + 1;
          const now = (times.at(-1) ?? 0) + silence;
          const serviceNames = ['nobody', ...histories.map((_, index) => `service ${index}`)];
          const stored = storedHistory(database.pool, rules.gapSeconds);
          const source = { ...stored, pending };
          const answer = await timelinesOf(source, { serviceNames, from, to }, now, rules.maxDelaySeconds);
          expect([...answer.keys()]).to.deep.equal(serviceNames);
          const { latestEvents } = modelAnswers(reports, now);
          for (const name of serviceNames) {
            const events = latestEvents.get(name) ?? [];
            // The model tells the newest 50 only.
            if (events.length === 50) continue;
            const expected = events
              .toReversed()
              .filter(({ start_time, end_time }) => start_time < to && (end_time ?? Infinity) > from)
              // What is ongoing has been seen up to some second; only spans that hold one of those have it.
              .filter(
                ({ start_time, end_time }) => end_time !== null || seenAfter(reports, name, from, start_time),
              )
              .map(({ state, start_time, end_time }) => ({
                state,
                start: Math.max(start_time, from),
                end: end_time === null ? null : Math.min(end_time, to),
              }));
            expect(answer.get(name)).to.deep.equal(expected);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are ongoing where the newest goes on in an hour behind the span', async () => {
    await database.pool.query('truncate pending_reports, services, observations');
    const client = await database.pool.connect();
    const seconds = [3596, 3597, 3599, 3600];
    await observe(
      client,
      seconds.map((timestamp) => ({ service_name: 'web', state: 'issue', timestamp })),
    ).finally(() => client.release());
    const span = { serviceNames: ['web'], from: 3596, to: 3597 };
    const answer = await timelinesOf(storedHistory(database.pool, 2), span, 3600, rules.maxDelaySeconds);
    expect(answer.get('web')).to.deep.equal([{ state: 'issue', start: 3596, end: null }]);
  });

  /** Whether the interval from `start` on was seen at `from` or later. */
  function seenAfter(reports: readonly ReportBody[], name: string, from: number, start: number): boolean {
    return reports.some(
      ({ service_name, timestamp }) =>
        service_name === name && Math.floor(timestamp) >= Math.max(from, start),
    );
  }
});
