import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { expectProblem } from './testing/expect-problem.ts';
import {
  asWritten,
  expectNoRecords,
  getRecords,
  ofRecords,
  postRecords,
  recordBody,
  storeRecords,
} from './testing/record-client.ts';
import { useService } from './testing/use-service.ts';

// More than is parsed on the event loop.
const many = Array.from({ length: 2000 }, (_, index) => recordBody(index, { State: 'x'.repeat(50) }));

describe('POST /records', () => {
  const service = useService(ofRecords);

  it('answers the text Ok', async () => {
    const { status, headers, text } = await postRecords(service, [recordBody(0)]);
    expect({ status, text }).to.deep.equal({ status: 200, text: 'Ok' });
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
    expect(await getRecords(service, '/current')).to.deep.equal([recordBody(0)]);
  });

  it('takes an empty list', async () => {
    expect((await postRecords(service, [])).text).to.equal('Ok');
    await expectNoRecords(service);
  });

  it('takes a record once, however often it comes', async () => {
    const record = recordBody(0);
    const sameInstant = { ...record, Timestamp: '2026-03-01T14:00:00.000+02:00', Other: 7 };
    await storeRecords(service, record, record, sameInstant);
    await storeRecords(service, record, recordBody(1));
    expect(await getRecords(service, '/historical/web')).to.deep.equal([recordBody(0), recordBody(1)]);
  });

  it('keeps records apart that differ in a nanosecond, in their state or in their environment', async () => {
    const Timestamp = '2026-03-01T12:00:00.000000001Z';
    const records = [
      recordBody(0),
      recordBody(0, { State: 'starting' }),
      recordBody(0, { Environment: 'staging' }),
      recordBody(0, { Timestamp }),
    ];
    await storeRecords(service, ...records);
    expect(await getRecords(service, '/historical/web')).to.deep.equal(records.map(asWritten));
  });

  it('takes JSON whatever it is called, and compressed', async () => {
    const json = JSON.stringify({ Records: [recordBody(0)] });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await postRecords(service, json, form)).text).to.equal('Ok');
    expect((await postRecords(service, gzipSync(json), { 'content-encoding': 'gzip' })).text).to.equal('Ok');
  });

  it('takes large bodies', async () => {
    await storeRecords(service, ...many);
    expect(await getRecords(service, '/historical/web')).to.have.length(many.length);
  });

  it('stores many requests at once, each whole', async () => {
    const requests = Array.from({ length: 40 }, (_, index) =>
      Array.from({ length: 20 }, (__, at) => recordBody(at, { Component: `web-${(index + at) % 13}` })),
    );
    await Promise.all(requests.map((records) => storeRecords(service, ...records)));
    const unique = new Set(requests.flat().map((record) => JSON.stringify(record)));
    const { rowCount } = await service.database.query('select from deployment_records');
    expect(rowCount).to.equal(unique.size);
  });

  const bad: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['a component in capitals', { Component: 'Web' }, 'Component'],
    ['a component that begins with a dash', { Component: '-web' }, 'Component'],
    ['a missing component', { Component: undefined }, 'Component'],
    ['an environment of four parts', { Environment: 'a-b-c-d' }, 'Environment'],
    ['an environment with a digit', { Environment: 'prod1' }, 'Environment'],
    ['an empty state', { State: '' }, 'State'],
    ['a state that is a number', { State: 1 }, 'State'],
    ['a state with U+0000', { State: 'a\0b' }, 'State'],
    ['a state that is too long', { State: 'a'.repeat(256) }, 'State'],
    ['a timestamp without an offset', { Timestamp: '2026-03-01T12:00:00' }, 'Timestamp'],
    ['a timestamp of a day that is not', { Timestamp: '2026-02-30T12:00:00Z' }, 'Timestamp'],
    ['unix seconds', { Timestamp: 1_772_366_400 }, 'Timestamp'],
    ['a field in another case', { State: undefined, state: 'started' }, 'State'],
  ];
  for (const [what, more, field] of bad) {
    for (const [size, before] of [
      ['small', [recordBody(0)]],
      ['large', many],
    ] as const) {
      it(`refuses all of a ${size} body for ${what}`, async () => {
        const records = [...before, { ...recordBody(1), ...more }, recordBody(2)];
        const { errors } = expectProblem(await postRecords(service, records), 400, 'invalid-request');
        expect(errors?.map(({ message, ...where }) => [where, message !== ''])).to.deep.equal([
          [{ index: before.length, field }, true],
        ]);
        await expectNoRecords(service);
      });
    }
  }

  it('names the first twenty faults', async () => {
    const records = many.map((record, index) => (index < 5 ? record : { ...record, State: null }));
    const { errors } = expectProblem(await postRecords(service, records), 400, 'invalid-request');
    expect(errors?.map((fault) => 'index' in fault && fault.index)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index + 5),
    );
    await expectNoRecords(service);
  });

  for (const [body, code] of [
    ['', 'invalid-body'],
    ['{"Records":[', 'invalid-body'],
    ['[]', 'invalid-request'],
    ['{}', 'invalid-request'],
    ['{"Records":null}', 'invalid-request'],
    ['{"Records":{}}', 'invalid-request'],
    ['{"Records":[null]}', 'invalid-request'],
  ] as const) {
    it(`refuses ${body === '' ? 'an empty body' : body}`, async () => {
      expectProblem(await postRecords(service, body), 400, code);
      await expectNoRecords(service);
    });
  }

  it('refuses forms, unknown encodings and pages of other origins', async () => {
    const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
    expectProblem(await postRecords(service, [recordBody(0)], multipart), 415, 'unsupported-media-type');
    const zstd = { 'content-encoding': 'zstd' };
    expectProblem(await postRecords(service, [recordBody(0)], zstd), 415, 'unsupported-media-type');
    const origin = { origin: 'https://elsewhere.example' };
    expectProblem(await postRecords(service, [recordBody(0)], origin), 403, 'cross-origin');
    expectProblem(await service.send({ path: '/records' }), 405, 'method-not-allowed');
    await expectNoRecords(service);
  });
});

describe('POST /records with small limits', () => {
  const service = useService({
    ...ofRecords,
    environment: { MAX_BATCH_EVENTS: '3', BATCH_SIZE: '2', SHARDS: '1' },
  });

  it('takes MAX_BATCH_EVENTS records, in one batch although that is larger than BATCH_SIZE', async () => {
    await storeRecords(service, ...many.slice(0, 3));
    const { rows } = await service.database.query('select distinct xmin::text from deployment_records');
    expect(rows).to.have.length(1);
  });

  it('refuses one more with 413', async () => {
    expectProblem(await postRecords(service, many.slice(0, 4)), 413, 'too-large');
    expectProblem(await postRecords(service, many), 413, 'too-large');
    await expectNoRecords(service);
  });
});

describe('POST /records with a short queue', () => {
  const service = useService({ ...ofRecords, environment: { MAX_QUEUED_EVENTS: '5' } });

  it('refuses with 413 what the queue would never hold, and takes what it does', async () => {
    expectProblem(await postRecords(service, many.slice(0, 6)), 413, 'too-large');
    await expectNoRecords(service);
    await storeRecords(service, ...many.slice(0, 5));
  });
});

describe('deployment records with WRITE_TOKENS and READ_TOKENS', () => {
  const service = useService({
    ...ofRecords,
    environment: { WRITE_TOKENS: 'writer-0123456789', READ_TOKENS: 'reader-0123456789' },
  });

  it('are written and read only with the right one', async () => {
    const headers = (token: string) => ({ authorization: `Bearer ${token}` });
    expectProblem(await postRecords(service, [recordBody(0)]), 401, 'unauthorized');
    expectProblem(
      await postRecords(service, [recordBody(0)], headers('reader-0123456789')),
      401,
      'unauthorized',
    );
    await expectNoRecords(service);
    expect((await postRecords(service, [recordBody(0)], headers('writer-0123456789'))).text).to.equal('Ok');
    for (const path of ['/current', '/historical/web', '/deployments/stats']) {
      expectProblem(await service.send({ path }), 401, 'unauthorized');
      expect((await service.send({ path, headers: headers('reader-0123456789') })).status).to.equal(200);
    }
  });
});
