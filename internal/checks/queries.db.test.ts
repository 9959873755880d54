import { expect } from 'chai';
import fc from 'fast-check';

import { summaryOf, WINDOW_MS } from './check.ts';
import { percentPoints } from './get-checks.ts';
import { latencies } from './get-history.ts';
import {
  certificateEnd,
  checksOfWindow,
  countsOfWindow,
  deleteOldChecks,
  isKnown,
  lastChecks,
  latestOfWindow,
  newestChecks,
  oldestKeptMs,
} from './queries.ts';
import { checkOf, useCheckDatabase } from './testing/check-database.ts';

const NOW_MS = 1_700_000_000_000;

describe('stored checks', () => {
  const database = useCheckDatabase();
  const timesAt = async (nowMs: number, target?: string) =>
    (await checksOfWindow(database.pool, target, nowMs)).map(({ checkedMs }) => checkedMs);

  it('come back as they were, oldest first', async () => {
    const checks = [checkOf('b', NOW_MS - 2, 404), checkOf('a', NOW_MS - 1, null), checkOf('b', NOW_MS - 1)];
    await database.store(...checks.toReversed());
    expect(await checksOfWindow(database.pool, undefined, NOW_MS)).to.deep.equal(checks);
    expect(await checksOfWindow(database.pool, 'a', NOW_MS)).to.deep.equal([checks[1]]);
  });

  it('are stored once, also when they come again', async () => {
    await database.store(checkOf('a', NOW_MS), checkOf('a', NOW_MS));
    await database.store(checkOf('a', NOW_MS), checkOf('b', NOW_MS));
    expect(await timesAt(NOW_MS)).to.have.length(2);
  });

  it('are told for exactly five minutes', async () => {
    await database.store(checkOf('a', NOW_MS));
    expect(await timesAt(NOW_MS - 0.001)).to.deep.equal([]);
    expect(await timesAt(NOW_MS)).to.deep.equal([NOW_MS]);
    expect(await timesAt(NOW_MS + WINDOW_MS - 0.001)).to.deep.equal([NOW_MS]);
    expect(await timesAt(NOW_MS + WINDOW_MS)).to.deep.equal([]);
  });

  it('are summed up over the same window', async () => {
    const summaryAt = async (nowMs: number, targets?: string[]) =>
      summaryOf(await countsOfWindow(database.pool, targets, nowMs));
    expect(await summaryAt(NOW_MS)).to.deep.equal({
      ...{ window_seconds: 300, total: 0, failures: 0, failure_percent: 0, counts: {} },
    });
    await database.store(checkOf('a', NOW_MS - WINDOW_MS, 500), checkOf('a', NOW_MS - WINDOW_MS + 1, null));
    await database.store(checkOf('b', NOW_MS - 1), checkOf('b', NOW_MS, 302));
    expect(await summaryAt(NOW_MS)).to.deep.equal({
      ...{ window_seconds: 300, total: 3, failures: 1, failure_percent: 33.33 },
      counts: { 200: 1, 302: 1, refused: 1 },
    });
    expect(await summaryAt(NOW_MS, ['b'])).to.include({ total: 2, failures: 0 });
  });

  it('tell the latest of each target, in the window and at all', async () => {
    await database.store(checkOf('old', NOW_MS - 2 * WINDOW_MS, 500));
    await database.store(checkOf('a', NOW_MS - 2, 500), checkOf('a', NOW_MS - 1));
    expect(await latestOfWindow(database.pool, undefined, NOW_MS)).to.deep.equal([checkOf('a', NOW_MS - 1)]);
    expect(await latestOfWindow(database.pool, ['b'], NOW_MS)).to.deep.equal([]);
    expect(await lastChecks(database.pool, ['a', 'b', 'old'], 1)).to.have.deep.members([
      { target: 'a', checkedMs: NOW_MS - 1, failures: 0 },
      { target: 'old', checkedMs: NOW_MS - 2 * WINDOW_MS, failures: 1 },
    ]);
    expect([await isKnown(database.pool, 'old'), await isKnown(database.pool, 'b')]).to.deep.equal([
      true,
      false,
    ]);
  });

  it('tell how many failed in a row, as far as is looked back', async () => {
    const codes = [500, 500, 200, 500, null, 404];
    await database.store(...codes.map((code, index) => checkOf('a', NOW_MS + index, code)));
    const failuresWithin = async (most: number) =>
      (await lastChecks(database.pool, ['a'], most))[0]?.failures;
    expect([await failuresWithin(1), await failuresWithin(3), await failuresWithin(10)]).to.deep.equal([
      1, 3, 3,
    ]);
  });

  it('tell the newest, what failed, the end of the certificate, and how long responses took', async () => {
    const slow = { ...checkOf('a', NOW_MS - 1000), latencyMs: 90, certificateEndMs: NOW_MS };
    const quick = Array.from({ length: 9 }, (_, index) => checkOf('a', NOW_MS - 60_000 + index));
    await database.store(...quick, slow, checkOf('a', NOW_MS - 500, null), checkOf('b', NOW_MS));
    const newest = (failedOnly: boolean) => newestChecks(database.pool, 'a', { limit: 1, failedOnly });
    expect([await newest(false), await newest(true)].flat().map(({ checkedMs }) => checkedMs)).to.deep.equal([
      NOW_MS - 500,
      NOW_MS - 500,
    ]);
    expect(await certificateEnd(database.pool, 'a')).to.equal(NOW_MS);
    expect(await certificateEnd(database.pool, 'b')).to.equal(undefined);
    const span = { fromMs: NOW_MS - 120_000, toMs: NOW_MS };
    const { whole, points } = await latencies(database.pool, 'a', span);
    expect(whole).to.deep.equal({
      ...{ total: 11, failures: 1, failure_percent: 9.09 },
      latency_ms: { p50: 1.5, p90: 1.5, p99: 90 },
    });
    expect(points.map(({ from, total }) => [from - NOW_MS / 1000, total])).to.deep.equal([
      [-60, 9],
      [-1, 2],
    ]);
    expect((await latencies(database.pool, 'none', span)).whole).to.include({ total: 0, latency_ms: null });
  });

  it('go after a day, step by step, and what the percentages need stays', async () => {
    const kept = oldestKeptMs(NOW_MS / 1000);
    expect(NOW_MS - kept).to.equal(86_400_000 + WINDOW_MS);
    await database.store(
      ...Array.from({ length: 25 }, (_, index) => checkOf(`t${index % 3}`, kept - 20 + index)),
    );
    expect(await database.withClient((client) => deleteOldChecks(client, kept, 7))).to.equal(20);
    expect(await database.withClient((client) => deleteOldChecks(client, kept, 7))).to.equal(0);
    const { rowCount } = await database.pool.query('select from checks');
    expect(rowCount).to.equal(5);
  });

  it('give the percentages that counting by hand gives', async () => {
    const arbitraryCheck = fc.record({
      target: fc.constantFrom('a', 'b'),
      // Around the bounds of the window, to the millisecond.
      agoMs: fc.oneof(
        fc.integer({ min: 0, max: 3 * WINDOW_MS }),
        fc.constantFrom(0, 1, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1, 2 * WINDOW_MS),
      ),
      code: fc.constantFrom(200, 301, 500, null),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(arbitraryCheck, {
          selector: ({ target, agoMs }) => `${target}${agoMs}`,
          maxLength: 30,
        }),
        fc.constantFrom(undefined, 'a'),
        async (all, target) => {
          await database.pool.query('truncate checks');
          const checks = all.map(({ target, agoMs, code }) => checkOf(target, NOW_MS - agoMs, code));
          await database.store(...checks);
          const span = { fromMs: NOW_MS - WINDOW_MS, toMs: NOW_MS };
          const points = await percentPoints(database.pool, target, span);
          const expected = checks
            .filter((check) => check.checkedMs >= span.fromMs && check.checkedMs < span.toMs)
            .filter((check) => target === undefined || check.target === target)
            .sort((one, other) => one.checkedMs - other.checkedMs || (one.target < other.target ? -1 : 1))
            .map(({ target, checkedMs }) => {
              const window = checks.filter(
                (check) =>
                  check.target === target &&
                  check.checkedMs > checkedMs - WINDOW_MS &&
                  check.checkedMs <= checkedMs,
              );
              const percent = (100 * window.filter(({ failed }) => failed).length) / window.length;
              return { target, checkedMs, failurePercent: Math.round(percent * 100) / 100 };
            });
          expect(points).to.deep.equal(expected);
          const stepSeconds = 7;
          const partOf = (point: { target: string; checkedMs: number }) =>
            `${point.target} ${Math.floor(point.checkedMs / 1000 / stepSeconds)}`;
          const last = new Map(expected.map((point) => [partOf(point), point]));
          expect(await percentPoints(database.pool, target, span, stepSeconds)).to.deep.equal(
            expected.filter((point) => last.get(partOf(point)) === point),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});
