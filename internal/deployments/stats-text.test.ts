import { expect } from 'chai';
import fc from 'fast-check';

import type { RecordPage } from './get-records.ts';
import { recordJson, type DeploymentRecord } from './record.ts';
import { MAX_LISTED_EXCLUDED, statsText } from './stats-text.ts';

const rules = { withinSeconds: 60, from: undefined, to: undefined };

const record = (component: string, environment: string, second: number, state: string): DeploymentRecord => ({
  component,
  environment,
  second,
  nanosecond: 0,
  state,
});

/** The answer for these records in pages of `size`. */
async function answerOf(records: readonly DeploymentRecord[], size: number): Promise<unknown> {
  async function* pages(): AsyncGenerator<Pick<RecordPage, 'records' | 'isLast'>, void, undefined> {
    for (let from = 0; from <= records.length; from += size) {
      const page = records.slice(from, from + size);
      yield await Promise.resolve({ records: page, isLast: page.length < size });
    }
  }
  const pieces: string[] = [];
  for await (const piece of statsText(pages(), rules)) pieces.push(piece);
  // A piece for each page, and nothing after the last.
  expect(pieces).to.have.length(Math.floor(records.length / size) + 1);
  return JSON.parse(pieces.join(''));
}

const records = ['a', 'b', 'c-1'].flatMap((component, index) => [
  record(component, 'staging', 0, 'started'),
  record(component, 'prod', 1, 'started'),
  record(component, 'staging', 2, 'succeeded'),
  record(component, 'prod', 3 + index, index === 1 ? 'failed' : 'succeeded'),
  record(component, 'prod', 9, 'odd'),
]);

describe('the answer with delivery figures', () => {
  it('has the figures of each environment of each component, in order', async () => {
    const answer = await answerOf(records, 100);
    const figures = (component: string, environment: string, seconds: number | null, failed = 0) => ({
      component,
      environment,
      deployments: 1,
      failed_deployments: failed,
      deploys_per_day: null,
      change_failure_rate: failed,
      median_restore_seconds: null,
      is_broken: failed === 1,
      median_deployment_seconds: seconds,
    });
    expect(answer).to.deep.include({
      within: 60,
      deployables: [
        ...[figures('a', 'prod', 2), figures('a', 'staging', 2)],
        ...[figures('b', 'prod', null, 1), figures('b', 'staging', 2)],
        ...[figures('c-1', 'prod', 4), figures('c-1', 'staging', 2)],
      ],
      excluded_count: 3,
    });
    expect(answer).to.have.property('excluded').that.has.length(3);
    expect(answer).to.have.property('rules').that.is.a('string');
  });

  it('is the same whatever the pages are', async () => {
    const whole = await answerOf(records, 100);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (size) => {
        expect(await answerOf(records, size)).to.deep.equal(whole);
      }),
    );
  });

  it('is whole without records', async () => {
    expect(await answerOf([], 5)).to.deep.include({ deployables: [], excluded_count: 0, excluded: [] });
  });

  it('lists the first excluded records and counts all', async () => {
    const odd = Array.from({ length: 250 }, (_, second) => record('a', 'prod', second, 'odd'));
    const answer = await answerOf(odd, 7);
    expect(answer).to.have.property('excluded_count', 250);
    expect(answer).to.have.property('excluded').that.has.length(MAX_LISTED_EXCLUDED);
    expect(answer)
      .to.have.nested.property('excluded[1]')
      .that.deep.equals({
        record: JSON.parse(recordJson(record('a', 'prod', 1, 'odd'))) as unknown,
        reason: 'unknown state',
      });
  });
});
