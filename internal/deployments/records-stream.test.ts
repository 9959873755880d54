import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';
import Koa from 'koa';

import { answerStream } from '../frontdoor/answer.ts';
import { until } from '../testing/until.ts';
import { recordPages, recordsText } from './get-records.ts';
import type { DeploymentRecord } from './record.ts';

const PAGE_RECORDS = 1000;
// What lies between the reading and a caller that takes nothing: a page that the socket has not taken, one that
// waits in the stream, one that is being read; and what the kernel holds for both ends, which is some megabytes.
const MAX_PAGES_AHEAD = 100;

describe('an answer that is streamed', () => {
  let server: Server;
  let total: number;
  let pagesRead: number;
  let failsAt: number;
  let isReading: boolean;

  const recordAt = (index: number): DeploymentRecord => ({
    component: 'web',
    environment: 'prod',
    state: 'x'.repeat(255),
    second: index,
    nanosecond: 0,
  });

  async function* pages() {
    isReading = true;
    try {
      yield* recordPages(PAGE_RECORDS, (after, limit) => {
        pagesRead++;
        const from = after === undefined ? 0 : after.second + 1;
        if (from >= failsAt) return Promise.reject(new Error('the database went away'));
        return Promise.resolve(
          Array.from({ length: Math.min(limit, total - from) }, (_, index) => recordAt(from + index)),
        );
      });
    } finally {
      isReading = false;
    }
  }

  beforeEach(async () => {
    total = 20_500;
    pagesRead = 0;
    failsAt = Infinity;
    isReading = false;
    const app = new Koa();
    app.use((context) => answerStream(context, recordsText(pages())));
    app.on('error', () => undefined);
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  async function get(method = 'GET'): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, method, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response;
  }

  it('has all records in order, whether or not the last page is full', async () => {
    for (total of [0, 1, 999, 1000, 1001, 20_000, 20_500]) {
      const answer = JSON.parse(await text(await get())) as { Records: { Timestamp: string }[] };
      const seconds = answer.Records.map(({ Timestamp }) => Date.parse(Timestamp) / 1000);
      expect(seconds).to.deep.equal(Array.from({ length: total }, (_, index) => index));
    }
  });

  it('tells its length where it is one page, and is chunked otherwise', async () => {
    total = 5;
    const short = await get();
    expect(short.headers['content-length']).to.equal(String((await text(short)).length));
    total = 5000;
    const long = await get();
    expect(long.headers).to.include({ 'transfer-encoding': 'chunked', 'cache-control': 'no-store' });
    expect(long.headers['content-type']).to.equal('application/json; charset=utf-8');
    long.destroy();
  });

  it('is read no faster than it is taken', async () => {
    total = 2_000_000;
    const response = await get();
    response.pause();
    // Reading goes on until all that lies between is full. Two looks at the same count tell that it stands still.
    let before = -1;
    await until('reading stands still', async () => {
      const now = pagesRead;
      const isStill = now === before;
      before = now;
      for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
      return isStill && now === pagesRead;
    });
    expect(pagesRead).to.be.within(1, MAX_PAGES_AHEAD);
    response.destroy();
    await until('reading ends', () => !isReading);
    expect(pagesRead).to.be.at.most(MAX_PAGES_AHEAD + 1);
  });

  it('is cut, and not ended, when reading fails in the midst of it', async () => {
    failsAt = 5000;
    const response = await get();
    expect(response.statusCode).to.equal(200);
    const outcome: unknown = await text(response).catch((error: unknown) => error);
    expect(outcome).to.be.an('error').with.property('code', 'ECONNRESET');
    expect(isReading).to.equal(false);
  });

  it('is an error before it begins when the first page cannot be read', async () => {
    failsAt = 0;
    expect((await get()).statusCode).to.equal(500);
  });

  it('reads one page for HEAD', async () => {
    const response = await get('HEAD');
    expect(await text(response)).to.equal('');
    expect(pagesRead).to.equal(1);
  });
});
