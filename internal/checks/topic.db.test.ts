import { expect } from 'chai';

import { readSections } from '../config/config.ts';
import { pipelineSections } from '../config/pipeline.ts';
import type { ChangedKeys } from '../pipeline/topic.ts';
import { WINDOW_MS } from './check.ts';
import { checksSection } from './config.ts';
import { checkOf, useCheckDatabase } from './testing/check-database.ts';
import { checksTopic } from './topic.ts';

const NOW_MS = 1_700_000_000_000;

describe('the topic of checks', () => {
  const database = useCheckDatabase();
  const topicOf = (list: string) =>
    checksTopic({
      database: database.pool,
      config: readSections([...pipelineSections, checksSection], { CHECK_TARGETS: list }),
      now: () => NOW_MS / 1000,
    });
  const read = async (keys: ChangedKeys) =>
    Object.fromEntries(
      Array.from(await topicOf('a=http://a,b=http://b').read(keys), ([target, item]) => [
        target,
        JSON.parse(item) as object,
      ]),
    );
  const summary = { window_seconds: 300, total: 0, failures: 0, failure_percent: 0, counts: {} };

  it('tells of configured targets without checks, and of others that were checked just now', async () => {
    await database.store(checkOf('other', NOW_MS - 1, 500), checkOf('old', NOW_MS - WINDOW_MS));
    expect(await read('all')).to.deep.equal({
      a: { last: null, failed: false, error: null, summary, overdue: false },
      b: { last: null, failed: false, error: null, summary, overdue: false },
      other: {
        last: {
          ...{ target: 'other', timestamp: '2023-11-14T22:13:19.999Z', code: 500 },
          ...{ outcome: '500', latency_ms: 1.5 },
        },
        failed: true,
        error: 'It failed.',
        summary: { ...summary, total: 1, failures: 1, failure_percent: 100, counts: { 500: 1 } },
        overdue: false,
      },
    });
  });

  it('tells only what it is asked for', async () => {
    await database.store(checkOf('a', NOW_MS), checkOf('other', NOW_MS));
    expect(await read(new Set(['a']))).to.have.all.keys('a');
    expect(await read(new Set(['other', 'none']))).to.have.all.keys('other');
    expect(await read(new Set())).to.deep.equal({});
  });

  it('says of a target that its next check is overdue, once twice interval and timeout have passed', async () => {
    await database.store(checkOf('a', NOW_MS - 18_000), checkOf('b', NOW_MS - 18_001));
    const { a, b } = await read('all');
    expect(a).to.have.property('overdue', false);
    expect(b).to.have.property('overdue', true);
  });

  it('is due without targets, too, as long as it told of what others checked', async () => {
    await database.store(checkOf('other', NOW_MS));
    const topic = topicOf('');
    await topic.read('all');
    expect(topic.due?.(10)).to.equal('all');
  });

  it('is due each second while there are targets', () => {
    const topic = topicOf('a=http://a');
    expect([10, 10.25, 10.9, 11, 11.2].map((now) => topic.due?.(now))).to.deep.equal([
      ...['all', new Set(), new Set(), 'all', new Set()],
    ]);
    expect(topicOf('').due?.(10)).to.deep.equal(new Set());
  });
});
