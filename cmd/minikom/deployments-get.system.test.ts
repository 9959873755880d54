import { expect } from 'chai';

import { getJson, pagesOf } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import {
  asWritten,
  getRecords,
  ofRecords,
  recordBody,
  type RecordBody,
  storeRecords,
} from './testing/record-client.ts';
import { useService } from './testing/use-service.ts';

const EMPTY = '{"Records":[]}';

describe('GET /current', () => {
  const service = useService(ofRecords);

  it('answers JSON that nothing caches, empty at first', async () => {
    const { status, headers, text } = await service.send({ path: '/current' });
    expect({ status, text }).to.deep.equal({ status: 200, text: EMPTY });
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
    expect(headers['cache-control']).to.equal('no-store');
  });

  it('has the newest record of each component and environment, sorted', async () => {
    const of = (Component: string, Environment: string, seconds: number) =>
      recordBody(seconds, { Component, Environment });
    await storeRecords(
      service,
      of('web', 'prod', 2),
      of('web-1', 'prod', 1),
      of('web', 'dev', 5),
      of('0', 'prod', 1),
    );
    await storeRecords(service, of('web', 'prod', 3), of('web.1', 'prod', 1));
    expect(await getRecords(service, '/current')).to.deep.equal([
      of('0', 'prod', 1),
      of('web', 'dev', 5),
      of('web', 'prod', 3),
      of('web-1', 'prod', 1),
      of('web.1', 'prod', 1),
    ]);
  });

  it('has what a record says besides, also if that is said later; nothing of who says nothing', async () => {
    const more = { Version: 'v1.2 ☂', By: 'ci', Url: 'https://ci.example/7?a=b&c' };
    await storeRecords(service, recordBody(1), recordBody(2, { Environment: 'dev' }));
    await storeRecords(
      service,
      { ...recordBody(1), ...more },
      { ...recordBody(3, { Component: 'api' }), ...{ By: 'ann' } },
    );
    await storeRecords(service, recordBody(1));
    const { text } = await service.send({ path: '/current' });
    const { Records } = JSON.parse(text) as { Records: object[] };
    expect(Records.map((record) => ({ ...record, Timestamp: '' }))).to.deep.equal([
      { ...recordBody(3, { Component: 'api' }), By: 'ann', Timestamp: '' },
      { ...recordBody(2, { Environment: 'dev' }), Timestamp: '' },
      { ...recordBody(1), ...more, Timestamp: '' },
    ]);
    expect((await service.send({ path: '/historical/web' })).text).to.include(
      '"Url":"https://ci.example/7?a=b&c"}',
    );
  });

  it('is not changed by an older record that comes late', async () => {
    await storeRecords(service, recordBody(5, { State: 'a' }));
    await storeRecords(service, recordBody(4, { State: 'b' }));
    await storeRecords(service, recordBody(3, { State: 'c' }), recordBody(2, { State: 'd' }));
    expect(await getRecords(service, '/current')).to.deep.equal([recordBody(5, { State: 'a' })]);
    expect(await getRecords(service, '/historical/web')).to.have.length(4);
  });

  it('has the greater of two states of one time, whichever came first', async () => {
    for (const states of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const Component = states.join('-');
      for (const State of states) await storeRecords(service, recordBody(0, { Component, State }));
    }
    const current = await getRecords(service, '/current');
    expect(current.map(({ State }) => State)).to.deep.equal(['b', 'b']);
  });

  it('answers HEAD, and takes a query it does not know', async () => {
    const { status, text } = await service.send({ method: 'HEAD', path: '/current' });
    expect({ status, text }).to.deep.equal({ status: 200, text: '' });
    expect((await service.send({ path: '/current?x=%zz' })).status).to.equal(200);
    expectProblem(await service.send({ method: 'POST', path: '/current' }), 405, 'method-not-allowed');
  });

  it('has more records than one page', async () => {
    await service.database.query(`
      insert into current_records (component, environment, second, nanosecond, state)
      select 'c-' || lpad(number::text, 5, '0'), 'prod', number, 0, 'started' from generate_series(1, 20001) as number`);
    const current = await getRecords(service, '/current');
    expect(current).to.have.length(20_001);
    expect(current.map(({ Component }) => Component)).to.deep.equal(
      Array.from({ length: 20_001 }, (_, index) => `c-${String(index + 1).padStart(5, '0')}`),
    );
  });
});

describe('GET /historical/:component', () => {
  const service = useService(ofRecords);

  const history: readonly RecordBody[] = [
    recordBody(0, { Timestamp: '0001-01-01T00:00:00Z' }),
    recordBody(1),
    recordBody(1, { Environment: 'staging', State: 'a "quoted" \\ state\n☂' }),
    recordBody(2, { State: 'failed' }),
    recordBody(2, { State: 'started' }),
    recordBody(3, { Timestamp: '2026-03-01T12:00:03.000000001Z' }),
    recordBody(4, { Environment: 'staging' }),
    recordBody(0, { Timestamp: '9999-12-31T23:59:59Z' }),
  ];
  const written = history.map(asWritten);

  beforeEach(() => storeRecords(service, ...history.toReversed(), recordBody(2, { Component: 'web-1' })));

  it('has all records of the component, oldest first', async () => {
    expect(await getRecords(service, '/historical/web')).to.deep.equal(written);
  });

  for (const name of [
    'nobody',
    'Web',
    'web%00',
    '%E2%98%82',
    'a%2Fb',
    '__proto__',
    'constructor',
    'x'.repeat(3000),
  ]) {
    it(`has nothing of ${name.slice(0, 20)}, which was never seen`, async () => {
      const { status, text } = await service.send({ path: `/historical/${name}` });
      expect({ status, text }).to.deep.equal({ status: 200, text: EMPTY });
      const page = await service.send({ path: `/historical/${name}?limit=1` });
      expect(page.text).to.equal('{"Records":[],"next_cursor":null}');
    });
  }

  it('refuses a broken percent-encoding, and knows no path without a component', async () => {
    expectProblem(await service.send({ path: '/historical/%zz' }), 400, 'invalid-url');
    expectProblem(await service.send({ path: '/historical/%ff' }), 400, 'invalid-url');
    expectProblem(await service.send({ path: '/historical/' }), 404, 'not-found');
    expectProblem(await service.send({ path: '/historical/a/b' }), 404, 'not-found');
  });

  const queries: readonly (readonly [string, (record: RecordBody) => boolean])[] = [
    ['environment=staging', ({ Environment }) => Environment === 'staging'],
    ['environment=nowhere', () => false],
    [
      'from=2026-03-01T12:00:02Z',
      ({ Timestamp }) => Date.parse(Timestamp) >= Date.parse('2026-03-01T12:00:02Z'),
    ],
    [
      'from=2026-03-01T13:00:02%2B01:00',
      ({ Timestamp }) => Date.parse(Timestamp) >= Date.parse('2026-03-01T12:00:02Z'),
    ],
    [
      'from=2026-03-01T13:00:02+01:00',
      ({ Timestamp }) => Date.parse(Timestamp) >= Date.parse('2026-03-01T12:00:02Z'),
    ],
    [
      'to=2026-03-01T12:00:02Z',
      ({ Timestamp }) => Date.parse(Timestamp) < Date.parse('2026-03-01T12:00:02Z'),
    ],
    ['from=1772366402', ({ Timestamp }) => Date.parse(Timestamp) >= Date.parse('2026-03-01T12:00:02Z')],
    ['from=1772366403.000000001&to=1772366403.000000002', ({ Timestamp }) => Timestamp.includes('.')],
    ['from=0001-01-01T00:00:00Z', () => true],
    [
      'from=2026-03-01T12:00:03.000000001Z&to=2026-03-01T12:00:03.000000002Z',
      ({ Timestamp }) => Timestamp.includes('.'),
    ],
    ['unknown=1', () => true],
  ];
  for (const [query, isWanted] of queries) {
    it(`has what is asked for by ${query}, streamed and in pages`, async () => {
      const wanted = written.filter(isWanted);
      expect(await getRecords(service, `/historical/web?${query}`)).to.deep.equal(wanted);
      for (const limit of [1, 2, 3, wanted.length || 1, 10_000]) {
        expect(await readPages(query, limit)).to.deep.equal(wanted);
      }
    });
  }

  /** Follows the cursors from the first page to the last. */
  async function readPages(query: string, limit: number): Promise<RecordBody[]> {
    const records: RecordBody[] = [];
    const read = async (cursor: string) =>
      (await getJson(service, `/historical/web?${query}&limit=${limit}${cursor}`)) as {
        Records: RecordBody[];
        next_cursor: string | null;
      };
    for await (const page of pagesOf(read)) {
      expect(page.Records.length).to.be.at.most(limit);
      if (page.next_cursor !== null) expect(page.Records).to.have.length(limit);
      records.push(...page.Records);
    }
    return records;
  }

  it('goes on after a cursor without a limit, and by the cursor even if that is before from', async () => {
    const { next_cursor } = (await getJson(service, '/historical/web?limit=3')) as { next_cursor: string };
    expect(await getRecords(service, `/historical/web?cursor=${next_cursor}`)).to.deep.equal(
      written.slice(3),
    );
    const later = `from=2026-03-01T12:00:04Z&cursor=${next_cursor}`;
    expect(await getRecords(service, `/historical/web?${later}`)).to.deep.equal(written.slice(6));
  });

  it('finds records that arrive between two pages, if they belong after the cursor', async () => {
    const { next_cursor } = (await getJson(service, '/historical/web?limit=5')) as { next_cursor: string };
    await storeRecords(service, recordBody(-5), recordBody(3.0));
    const rest = await getRecords(service, `/historical/web?cursor=${next_cursor}`);
    expect(rest).to.deep.equal([recordBody(3), ...written.slice(5)]);
  });

  const badQueries: readonly (readonly [string, readonly string[]])[] = [
    ['environment=Prod', ['environment']],
    ['environment=', ['environment']],
    ['environment=a&environment=b', ['environment']],
    ['from=yesterday', ['from']],
    ['from=2026-03-01', ['from']],
    ['to=-1772366400', ['to']],
    ['from=2026-03-01T12:00:00Z&to=2026-03-01T12:00:00Z', ['to']],
    ...['0', '-1', '10001', '1.5', '1e2', '', 'all', '0x10', '99999999999'].map(
      (limit) => [`limit=${limit}`, ['limit']] as const,
    ),
    ['limit=1&limit=2', ['limit']],
    ['cursor=', ['cursor']],
    ['cursor=AAAA', ['cursor']],
    ['environment=1&from=2x&to=3x&limit=4x&cursor=5', ['environment', 'from', 'to', 'limit', 'cursor']],
  ];
  for (const [query, fields] of badQueries) {
    it(`refuses ${query}, naming each value`, async () => {
      for (const component of ['web', 'nobody']) {
        const answer = await service.send({ path: `/historical/${component}?${query}` });
        const { errors } = expectProblem(answer, 400, 'invalid-request');
        expect(errors?.map(({ field }) => field)).to.deep.equal(fields);
      }
    });
  }
});
