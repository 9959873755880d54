import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { Mode } from './modes/mode.ts';
import { modes } from './modes/modes.ts';
import { requestChunks, type RequestOptions } from './request-chunks.ts';
import { planOf } from './testing/plan-of.ts';

const target = { host: 'h:1', basePath: '/base', writeToken: 'w', readToken: 'r' };

interface ReadRequest {
  readonly head: string;
  readonly body: Buffer;
  readonly events: number;
}

function read(mode: Mode, given: Partial<RequestOptions> = {}): ReadRequest[] {
  const options = { plan: planOf(), target, gzip: false, idempotencyKey: undefined, ...given };
  return [...requestChunks(mode, options)].flatMap(({ bytes, ends, events }) =>
    ends.map((end, index) => {
      const request = Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end));
      const bodyAt = request.indexOf('\r\n\r\n') + 4;
      return {
        head: request.toString('latin1', 0, bodyAt),
        body: request.subarray(bodyAt),
        events: events[index] ?? 0,
      };
    }),
  );
}

function modeOf(name: string): Mode {
  const found = modes.find((mode) => mode.name === name);
  if (found === undefined) throw new Error(`there is no mode ${name}`);
  return found;
}

const bodiesOf = (requests: readonly ReadRequest[]): unknown[] =>
  requests.map(({ body }): unknown => JSON.parse(body.toString()));

describe('prepared requests', () => {
  for (const mode of modes) {
    it(`of mode ${mode.name} are whole, and the same again for the same plan`, () => {
      const plan = planOf({ mode: mode.name, batch: Math.min(10, mode.mostBatch) });
      const requests = read(mode, { plan });
      expect(requests.reduce((sum, { events }) => sum + events, 0)).to.equal(1000);
      for (const { head, body } of requests) {
        expect(head).to.match(/^POST \/base\/\S+ HTTP\/1\.1\r\nHost: h:1\r\nAuthorization: Bearer w\r\n/);
        expect(head).to.include(`\r\nContent-Length: ${body.length}\r\n`);
      }
      expect(read(mode, { plan })).to.deep.equal(requests);
    });
  }

  it('of bulk carry the reports of single', () => {
    const single = bodiesOf(read(modeOf('single'), { plan: planOf({ batch: 1 }) }));
    expect(bodiesOf(read(modeOf('bulk'))).flat()).to.deep.equal(single);
    expect(single[0]).to.have.all.keys('service_name', 'state', 'timestamp');
  });

  it('of payload carry data of a believable size', () => {
    const events = bodiesOf(read(modeOf('payload'))).flat() as { timestamp: string; data: object }[];
    for (const { timestamp, data } of events) {
      expect(new Date(timestamp).toISOString()).to.equal(timestamp);
      expect(JSON.stringify(data).length).to.be.within(100, 200);
    }
  });

  it('may be compressed', () => {
    const [first] = read(modeOf('bulk'), { gzip: true });
    expect(first?.head).to.include('\r\nContent-Encoding: gzip\r\n');
    const [plain] = read(modeOf('bulk'));
    expect(gunzipSync(first?.body ?? '')).to.deep.equal(plain?.body);
  });

  it('may have keys, each its own', () => {
    const heads = read(modeOf('payload'), { idempotencyKey: 'k-' }).map(({ head }) => head);
    const keys = heads.map((head) => /\r\nIdempotency-Key: "(.*)"\r\n/.exec(head)?.[1]);
    expect(new Set(keys)).to.have.length(100).and.include('k-0');
  });

  it('come in pieces of a megabyte, or one at a time if they are larger', () => {
    const plan = planOf({ events: 100_000, batch: 1 });
    const sizes = [
      ...requestChunks(modeOf('single'), { plan, target, gzip: false, idempotencyKey: undefined }),
    ];
    expect(sizes.length).to.be.greaterThan(2);
    for (const { bytes } of sizes) expect(bytes.length).to.be.at.most(2 ** 20);
    const large = planOf({ events: 40_000, batch: 20_000 });
    const chunks = [
      ...requestChunks(modeOf('bulk'), { plan: large, target, gzip: false, idempotencyKey: undefined }),
    ];
    expect(chunks.map(({ ends }) => ends.length)).to.deep.equal([1, 1]);
  });
});
