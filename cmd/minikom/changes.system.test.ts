import { expect } from 'chai';

import { tablesOfServices } from '../../internal/testing/services-database.ts';
import { getJson, pagesOf, postGood } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { tablesOfRecords } from './testing/record-client.ts';
import { startTestService } from './testing/start-test-service.ts';
import { NOW, useService } from './testing/use-service.ts';

interface ChangeJson {
  readonly at: number;
  readonly kind: string;
  readonly change: string;
  readonly service: string;
}

const entryIds = (atom: string): string[] =>
  [...atom.matchAll(/<id>(urn:minikom:change:[\da-f]{32})<\/id>/g)].flatMap(([, id]) => id ?? []);

describe('GET /changes', () => {
  const service = useService({
    environment: {
      CHECK_TARGETS: 'checked=http://127.0.0.1:9/',
      CHECK_INTERVAL_SECONDS: '86400',
    },
    tables: [...tablesOfServices, ...tablesOfRecords],
  });

  const seen = (service_name: string, state: string, start: number, end: number) =>
    Array.from({ length: end - start }, (_, index) => ({ service_name, state, timestamp: start + index }));
  const ask = async (query = '') =>
    (await getJson(
      service,
      `/changes${query}${query.includes('to=') ? '' : `${query === '' ? '?' : '&'}to=${NOW}`}`,
    )) as { changes: ChangeJson[]; next_cursor: string | null };
  /** What `service` of the answers did, over all pages of that size. */
  const all = async (query: string, limit: number): Promise<ChangeJson[]> => {
    const found: ChangeJson[] = [];
    let pages = 0;
    for await (const { changes } of pagesOf((cursor) => ask(`?limit=${limit}${query}${cursor}`))) {
      expect(pages++, 'pages come to an end').to.be.below(200);
      expect(changes.length).to.be.at.most(limit);
      found.push(...changes);
    }
    return found;
  };

  beforeEach(async () => {
    await postGood(service, '/events', [
      // Over the edge of an hour, on both sides of which the same interval is read.
      ...seen('web', 'issue', NOW - 3600 - 1000, NOW - 2000),
      ...seen('web', 'deploy', NOW - 2000, NOW - 1990),
      ...seen('goes on', 'issue', NOW - 50, NOW + 1),
      ...seen('checked', 'issue', NOW - 300, NOW - 200),
      ...seen('<old> & gone', 'issue', NOW - 40 * 86_400, NOW - 40 * 86_400 + 60),
    ]);
    const record = { Component: 'shop', Environment: 'prod', State: 'deployed' };
    await postGood(service, '/records', {
      Records: [{ ...record, Timestamp: new Date((NOW - 500) * 1000).toISOString() }],
    });
    const spark = (Event: string, at: number) => ({
      ...{ message_type: 'spark-event', generated_at: at * 1000 },
      content: JSON.stringify({ Event, Timestamp: at * 1000 }),
    });
    await postGood(service, '/collect', {
      ...{ job_name: 'etl', run_id: 'r1', sent_at: NOW * 1000, counters: { payload_counter: 1 } },
      messages: [
        spark('SparkListenerApplicationStart', NOW - 700),
        spark('SparkListenerApplicationEnd', NOW - 100),
      ],
    });
  });

  const expected = [
    { at: NOW - 50, kind: 'issue', change: 'began', service: 'goes on', since: NOW - 50 },
    { at: NOW - 100, kind: 'job', change: 'ended', service: 'etl', run_id: 'r1' },
    { at: NOW - 200, kind: 'check', change: 'ended', service: 'checked', since: NOW - 300, seconds: 100 },
    { at: NOW - 300, kind: 'check', change: 'began', service: 'checked', since: NOW - 300 },
    {
      ...{ at: NOW - 500, kind: 'deployment', change: 'recorded' },
      service: 'shop',
      environment: 'prod',
      state: 'deployed',
    },
    { at: NOW - 700, kind: 'job', change: 'began', service: 'etl', run_id: 'r1' },
    { at: NOW - 2000, kind: 'issue', change: 'ended', service: 'web', since: NOW - 4600, seconds: 2600 },
    { at: NOW - 4600, kind: 'issue', change: 'began', service: 'web', since: NOW - 4600 },
  ];

  it('tells what began and ended, of all kinds, newest first, the same in pages of any size', async () => {
    expect((await ask()).changes).to.deep.equal(expected);
    for (const limit of [1, 3, 1000]) expect(await all('', limit)).to.deep.equal(expected);
  });

  it('tells apart what is a nanosecond apart, newest first, on whatever page and in the feed', async () => {
    const record = { Component: 'quick', Environment: 'prod' };
    const [newest, ...older] = ['z', 'a', 'c', 'b'];
    const at = new Date((NOW - 400) * 1000).toISOString().slice(0, 19);
    await postGood(service, '/records', {
      Records: [
        // Of its second the last that there is: as a fraction it is the next one.
        { ...record, State: newest, Timestamp: `${at}.999999999Z` },
        ...older.map((State, index) => ({ ...record, State, Timestamp: `${at}.00000000${9 - index}Z` })),
      ],
    });
    const states = (changes: readonly object[]) => changes.map((change) => 'state' in change && change.state);
    for (const limit of [1, 2, 100]) {
      expect(states(await all('&service=quick', limit))).to.deep.equal([newest, ...older]);
    }
    const { text } = await service.send({ path: `/changes.atom?service=quick&to=${NOW}` });
    expect(new Set(entryIds(text)).size).to.equal(4);
  });

  it('tells what is of a kind, a service, a span', async () => {
    for (const kind of ['issue', 'check', 'deployment', 'job']) {
      expect(await all(`&kind=${kind}`, 2)).to.deep.equal(expected.filter((each) => each.kind === kind));
    }
    expect(await all('&service=web', 1)).to.deep.equal(expected.filter((each) => each.service === 'web'));
    expect(await all('&service=etl', 100)).to.have.length(2);
    expect((await ask(`?from=${NOW - 700}&to=${NOW - 100}`)).changes).to.deep.equal(expected.slice(2, 6));
  });

  it('keeps the end of a run whose application starts anew, as its runs do, until it ends again', async () => {
    const start = NOW - 50 * 86_400;
    const spark = (Event: string, at: number) =>
      postGood(service, '/collect', {
        ...{ job_name: 'nightly', run_id: 'r1', sent_at: NOW * 1000, counters: { payload_counter: 1 } },
        messages: [
          {
            ...{ message_type: 'spark-event', generated_at: at * 1000 },
            content: JSON.stringify({ Event, Timestamp: at * 1000 }),
          },
        ],
      });
    const ends = async () => {
      const changes = await all(`&service=nightly&from=${start}&to=${start + 1000}`, 10);
      const runs = (await getJson(service, '/job/nightly/runs')) as { ended_at: number; state: string }[];
      return {
        changes: changes.filter(({ change }) => change === 'ended').map(({ at }) => at - start),
        runs: runs.map(({ ended_at, state }) => [ended_at / 1000 - start, state]),
      };
    };
    await spark('SparkListenerApplicationStart', start);
    await spark('SparkListenerApplicationEnd', start + 10);
    await spark('SparkListenerApplicationStart', start + 20);
    expect(await ends()).to.deep.equal({ changes: [10], runs: [[10, 'running']] });
    await spark('SparkListenerApplicationEnd', start + 30);
    expect(await ends()).to.deep.equal({ changes: [30], runs: [[30, 'finished']] });
  });

  it('reads a long quiet history in bounded steps, to its end', async () => {
    const { changes, next_cursor } = await ask(`?from=${NOW - 60 * 86_400}`);
    expect(changes).to.deep.equal(expected);
    expect(next_cursor).to.be.a('string');
    const old = await all(
      `&from=${NOW - 60 * 86_400}&kind=issue&service=${encodeURIComponent('<old> & gone')}`,
      10,
    );
    expect(old.map(({ change }) => change)).to.deep.equal(['ended', 'began']);
  });

  it('is an Atom feed as well', async () => {
    const answer = await service.send({
      path: `/changes.atom?from=${NOW - 40 * 86_400 - 1}&to=${NOW - 39 * 86_400}`,
    });
    expect(answer.headers['content-type']).to.equal('application/atom+xml; charset=utf-8');
    expect(answer.text).to.include('<title>&lt;old&gt; &amp; gone is in issue</title>');
    const again = await service.send({ path: '/changes.atom?kind=job' });
    expect(new Set(entryIds(again.text)).size).to.equal(2);
    expect(again.text).to.include('<title>etl has ended</title>');
    expect(again.text).to.include('<id>urn:minikom:changes:kind=job</id>');
    expect(again.text).to.include(
      `<link rel="self" href="http://127.0.0.1:${service.port}/changes.atom?kind=job"/>`,
    );
    expect(again.text).to.not.include('rel="next"');
  });

  it('has the address that the proxy in front tells, below its path', async () => {
    const environment = { BASE_PATH: '/mk', TRUST_PROXY: '127.0.0.1', ALLOWED_HOSTS: 'example.org' };
    const other = await startTestService({ environment });
    const headers = { 'x-forwarded-host': 'example.org', 'x-forwarded-proto': 'https' };
    const { text } = await other
      .send({ path: '/mk/changes.atom?service=%22', headers })
      .finally(() => other.stop());
    expect(text).to.include('<link rel="self" href="https://example.org/mk/changes.atom?service=%22"/>');
    expect(text).to.include('<id>urn:minikom:changes:service=%22</id>');
  });

  it('leads from the newest page of the feed to all older ones', async () => {
    const ids: string[] = [];
    let path: string | undefined = `/changes.atom?limit=3&to=${NOW}`;
    for (let pages = 0; path !== undefined; pages++) {
      expect(pages).to.be.below(10);
      const { text } = await service.send({ path });
      ids.push(...entryIds(text));
      const next = /<link rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      path = next?.replace(/^http:\/\/[^/]*/, '');
    }
    expect(new Set(ids).size).to.equal(expected.length);
  });

  for (const [query, field] of [
    ['kind=weather', 'kind'],
    ['limit=0', 'limit'],
    ['cursor=x', 'cursor'],
    [`from=${NOW + 10}`, 'from'],
    [`from=${NOW - 400 * 86_400}`, 'from'],
    ['service=', 'service'],
  ] as const) {
    it(`refuses ${query} by name`, async () => {
      const problem = expectProblem(
        await service.send({ path: `/changes?${query}` }),
        400,
        'invalid-request',
      );
      expect(problem.errors?.[0]?.field).to.equal(field);
    });
  }
});
