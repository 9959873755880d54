import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { emptyTables } from '../../internal/testing/services-database.ts';
import { postGood } from './testing/asking.ts';
import {
  allData,
  batchesFlushed,
  eventsByShard,
  eventsCounted,
  getEvents,
  postGoodEvents,
  tablesOfBulk,
} from './testing/bulk-client.ts';
import { NOW, useService } from './testing/use-service.ts';

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ timestamp: NOW - index, data: index }));
const lines = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join('\n');
const ndjson = { 'content-type': 'application/x-ndjson' };

describe('POST /events', () => {
  const service = useService({ tables: tablesOfBulk, environment: { SHARDS: '3' } });

  it('stores 15,000 events of one body, which can be read once it answers', async () => {
    expect(await postGoodEvents(service, numbered(15_000))).to.equal(15_000);
    expect(await allData(service)).to.deep.equal(Array.from({ length: 15_000 }, (_, index) => index));
  });

  it('spreads them over all shards, and counts each once', async () => {
    const before = await eventsByShard(service);
    await postGoodEvents(service, numbered(15_000));
    const after = await eventsByShard(service);
    const added = [0, 1, 2].map((shard) => (after.get(shard) ?? 0) - (before.get(shard) ?? 0));
    expect(added).to.deep.equal([5000, 5000, 5000]);
  });

  it('gives them all to one shard with single_shard=true', async () => {
    const before = await eventsByShard(service);
    await postGoodEvents(service, numbered(15_000), { query: '?single_shard=true' });
    const after = await eventsByShard(service);
    const added = [0, 1, 2].map((shard) => (after.get(shard) ?? 0) - (before.get(shard) ?? 0));
    expect(added).to.have.members([15_000, 0, 0]);
  });

  it('takes NDJSON', async () => {
    const items = numbered(20_000);
    expect(await postGoodEvents(service, `${lines(items)}\n`, { headers: ndjson })).to.equal(20_000);
    expect(await allData(service)).to.have.length(20_000);
  });

  for (const type of ['application/ndjson', 'Application/JSONL; charset=utf-8', 'application/x-jsonlines']) {
    it(`takes NDJSON also as ${type}`, async () => {
      const headers = { 'content-type': type };
      expect(await postGoodEvents(service, lines(numbered(3)), { headers })).to.equal(3);
    });
  }

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    it(`takes an array and NDJSON in ${encoding}`, async () => {
      const headers = { 'content-encoding': encoding };
      await postGoodEvents(service, compress(JSON.stringify(numbered(10_000))), { headers });
      await postGoodEvents(service, compress(lines(numbered(3))), { headers: { ...headers, ...ndjson } });
      expect(await allData(service)).to.have.length(10_003);
    });
  }

  it('takes no events at all', async () => {
    expect(await postGoodEvents(service, '[]')).to.equal(0);
    expect(await postGoodEvents(service, '\n', { headers: ndjson })).to.equal(0);
    expect((await getEvents(service)).events).to.deep.equal([]);
  });

  it('keeps data as it came, whatever it is', async () => {
    const data = '{"a":1,"a":2,"big":12345678901234567890,"nul":"\\u0000","half":"\\ud800", "deep":[[[]]]}';
    await postGoodEvents(
      service,
      `[{"timestamp":1,"data":${data}},{"timestamp":0},{"timestamp":0.5,"data":null}]`,
    );
    const answer = await service.send({ path: '/events' });
    expect(answer.text).to.equal(
      `{"events":[{"timestamp":"1970-01-01T00:00:01Z","data":${data}},` +
        '{"timestamp":"1970-01-01T00:00:00.5Z","data":null},' +
        '{"timestamp":"1970-01-01T00:00:00Z","data":null}],"next_cursor":null}',
    );
  });

  it('takes reports, which are stored as payload events too if they have data', async () => {
    const items = [
      { service_name: 'web', state: 'deploy', timestamp: NOW - 3 },
      { service_name: 'web', state: 'issue', timestamp: NOW - 2, data: { why: 'disk' } },
      { service_name: '__proto__', state: 'issue', timestamp: new Date((NOW - 2) * 1000).toISOString() },
      { timestamp: NOW, data: 'no report' },
    ];
    const counted = await eventsCounted(service);
    expect(await postGoodEvents(service, items)).to.equal(4);
    const services = await service.send({ path: '/services' });
    const members = ['web', '__proto__'].map((name) => `"${name}":{"state":"issue","since":${NOW - 2}}`);
    expect(services.text).to.be.oneOf([`{${members.join(',')}}`, `{${members.toReversed().join(',')}}`]);
    expect(await allData(service)).to.deep.equal(['no report', { why: 'disk' }]);
    expect(await eventsCounted(service)).to.equal(counted + 4);
  });

  it('reports exactly as POST /event does', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `service ${index}`);
    const reports = names.map((service_name, index) => ({
      service_name,
      state: index % 3 === 0 ? 'issue' : 'deploy',
      timestamp: NOW - 100 + (index % 90) + 0.25,
    }));
    const read = async () => (await service.send({ path: '/services' })).text;
    await postGoodEvents(service, reports);
    const inBulk = await read();
    await emptyTables(service.database, tablesOfBulk);
    for (const report of reports) {
      await postGood(service, '/event', report);
    }
    expect(await read()).to.equal(inBulk);
  });
});

describe('POST /events in batches of five', () => {
  const service = useService({ tables: tablesOfBulk, environment: { SHARDS: '2', BATCH_SIZE: '5' } });

  it('works like any other size', async () => {
    const items = numbered(1003).map((item) => ({
      ...item,
      service_name: `s${item.data % 7}`,
      state: 'issue',
    }));
    expect(await postGoodEvents(service, items)).to.equal(1003);
    expect(await allData(service)).to.deep.equal(items.map(({ data }) => data));
    expect(await eventsCounted(service)).to.equal(1003);
    const batches = await batchesFlushed(service);
    expect(batches).to.be.at.least(402); // 1003 rows and 1003 reports, five at a time, over two shards.
  });
});
