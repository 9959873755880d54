import { expect } from 'chai';

import { allData, getEvents, postGoodEvents, tablesOfBulk } from './testing/bulk-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

describe('GET /events', () => {
  const service = useService({ tables: tablesOfBulk, environment: { SHARDS: '2' } });

  beforeEach(() =>
    postGoodEvents(
      service,
      Array.from({ length: 250 }, (_, index) => ({ timestamp: NOW - index, data: index })),
    ),
  );

  it('answers the newest hundred first', async () => {
    const { events, next_cursor } = await getEvents(service);
    expect(events.map(({ data }) => data)).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
    expect(events[0]?.timestamp).to.equal(iso(NOW).replace('.000', ''));
    expect(next_cursor).to.be.a('string');
  });

  it('goes on after a page where it ended, though more came meanwhile', async () => {
    const { next_cursor } = await getEvents(service, '?limit=99');
    await postGoodEvents(service, [{ timestamp: NOW, data: 'new' }]);
    const { events } = await getEvents(service, `?limit=1000&cursor=${next_cursor ?? ''}`);
    expect(events.map(({ data }) => data)).to.deep.equal(
      Array.from({ length: 151 }, (_, index) => index + 99),
    );
  });

  it('has no next page after the last, also where that is full', async () => {
    expect((await getEvents(service, '?limit=250')).next_cursor).to.equal(null);
    expect((await getEvents(service, '?limit=249')).next_cursor).to.be.a('string');
  });

  it('answers a range: from inclusive, to exclusive, in seconds or RFC 3339', async () => {
    const expected = [3, 4, 5];
    expect(await allData(service, `&from=${NOW - 5}&to=${NOW - 2}`)).to.deep.equal(expected);
    expect(await allData(service, `&from=${iso(NOW - 5)}&to=${iso(NOW - 2)}`)).to.deep.equal(expected);
    const ahead = encodeURIComponent(iso(NOW - 5 + 7200).replace('Z', '+02:00'));
    expect(await allData(service, `&from=${ahead}&to=${NOW - 2}`)).to.deep.equal(expected);
    expect(await allData(service, `&from=${NOW}&to=${NOW}`)).to.deep.equal([]);
  });

  it('takes a fraction of a second as exactly as events are kept', async () => {
    await postGoodEvents(service, [{ timestamp: iso(NOW + 1).replace('.000', '.000001'), data: 'late' }]);
    for (const [query, expected] of [
      [`from=${NOW + 1}.000001`, ['late']],
      [`from=${NOW + 1}.0000011`, []],
      [`from=${NOW + 1}&to=${NOW + 1}.000001`, []],
      [`from=${NOW + 1}&to=${NOW + 1}.0000011`, ['late']],
      [`from=${iso(NOW + 1).replace('.000', '.0000011')}`, []],
    ] as const) {
      expect(await allData(service, `&${query}`), query).to.deep.equal(expected);
    }
  });

  for (const last of [
    '9999-12-31T23:59:59.999999Z',
    '9999-12-31T23:59:59.9999999999Z',
    '253402300799.999999',
    '2255-06-05T23:47:34.740993Z',
  ]) {
    it(`takes ${last} as a bound`, async () => {
      expect(await allData(service, `&from=${NOW}&to=${last}`)).to.deep.equal([0]);
      expect(await allData(service, `&from=${last}&to=${last}`)).to.deep.equal([]);
    });
  }

  it('takes no cursor for a time that events cannot have', async () => {
    const path = `/events?cursor=${Buffer.from('["event 1",253402300799999968,"1"]').toString('base64url')}`;
    const problem = expectProblem(await service.send({ path }), 400, 'invalid-request');
    expect(problem.errors?.map(({ field }) => field)).to.deep.equal(['cursor']);
  });

  it('reads what arrived late where it belongs', async () => {
    await postGoodEvents(service, [{ timestamp: NOW - 1.5, data: 'late' }]);
    expect((await allData(service)).slice(0, 4)).to.deep.equal([0, 1, 'late', 2]);
  });

  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=x',
    'limit=1&limit=2',
    'from=yesterday',
    'to=-1',
    'cursor=x',
    'cursor=',
    `to=${'9'.repeat(400)}`,
    'to=253402300800',
    'from=1969-12-31T23:59:59Z',
  ]) {
    it(`refuses ${query.slice(0, 30)} by name`, async () => {
      const problem = expectProblem(await service.send({ path: `/events?${query}` }), 400, 'invalid-request');
      expect(problem.errors?.[0]?.field).to.equal(query.split('=')[0]);
    });
  }
});
