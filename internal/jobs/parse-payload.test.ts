import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { identityOf, readRows } from './rows.ts';
import { decodeRows } from './testing/decode-rows.ts';
import { parseBad, parseGood } from './testing/parse-body.ts';
import {
  applicationEnd,
  applicationStart,
  heartbeat,
  payloadOf,
  sparkEvent,
  START_MS,
} from './testing/payload-body.ts';

const contentOf = (content: string) => ({
  content,
  contentDigest: createHash('sha256').update(content).digest('hex').slice(0, 32),
});
const contentsOf = (body: unknown) => decodeRows(parseGood(body).rows).map(({ content }) => content);

describe('a payload', () => {
  it('is its Spark events in their order, and the number of its messages', () => {
    const parsed = parseGood(payloadOf([sparkEvent(1, { a: 1 }), heartbeat, sparkEvent(0, { b: '☂' })]));
    expect(parsed).to.include({ jobName: 'etl', runId: 'r1', messages: 3, events: 2 });
    const common = { arrival: 0n, jobName: 'etl', runId: 'r1', occurrence: 1 };
    expect(decodeRows(parsed.rows)).to.deep.equal([
      { ...common, ...contentOf('{"a":1}'), generatedMs: START_MS + 1 },
      { ...common, ...contentOf('{"b":"☂"}'), generatedMs: START_MS },
    ]);
  });

  it('counts its events of the same time and content, whatever stands between them', () => {
    const again = [sparkEvent(1, { a: 1 }), sparkEvent(1, { a: 2 }), sparkEvent(2, { a: 1 })];
    const { rows } = parseGood(payloadOf([...again, heartbeat, ...again, sparkEvent(1, { a: 1 })]));
    expect(decodeRows(rows).map(({ occurrence }) => occurrence)).to.deep.equal([1, 1, 1, 2, 2, 2, 3]);
  });

  for (const content of [
    ' {\n "a" : 1.0 ,\t"a":12345678901234567890 } ',
    '{"nul":"\\u0000","half":"\\ud800","slash":"\\/"}',
    '{"__proto__":{"Event":"SparkListenerApplicationEnd","Timestamp":1}}',
    '{}',
    `{"deep":${'['.repeat(9000)}${']'.repeat(9000)}}`,
  ]) {
    it(`keeps an event as it came: ${content.slice(0, 60)}`, () => {
      expect(contentsOf(payloadOf([sparkEvent(0, content)]))).to.deep.equal([content]);
    });
  }

  it('keeps what UTF-8 cannot hold as the escape that means the same', () => {
    const body = JSON.stringify(payloadOf([sparkEvent(0, '{"a":"x☂"}')])).replace('x☂', '\\ud83d☂\\udc00');
    const [content = ''] = contentsOf(body);
    expect(content).to.equal('{"a":"\\ud83d☂\\udc00"}');
    expect(JSON.parse(content)).to.deep.equal({ a: '\ud83d☂\udc00' });
  });

  it('has times: the earliest start, the latest start and the latest end', () => {
    const ends = [applicationEnd(7), applicationEnd(9), applicationEnd(8)];
    const { times } = parseGood(
      payloadOf([applicationStart(4), ...ends, applicationStart(2), applicationStart(3)]),
    );
    expect(times).to.deep.equal({
      firstStartMs: START_MS + 2,
      lastStartMs: START_MS + 4,
      lastEndMs: START_MS + 9,
    });
  });

  it('has events whose identity neither sent_at nor heartbeats nor the counter change', () => {
    const of = (body: unknown) => readRows(parseGood(body).rows).map(identityOf);
    const body = payloadOf([sparkEvent(0, { a: 1 })]);
    expect(of({ ...body, sent_at: 0, counters: { payload_counter: 7 } })).to.deep.equal(of(body));
    expect(of(payloadOf([heartbeat, sparkEvent(0, { a: 1 }), heartbeat]))).to.deep.equal(of(body));
    expect(of(payloadOf([sparkEvent(0, { a: 2 })]))).not.to.deep.equal(of(body));
    expect(of(payloadOf([sparkEvent(1, { a: 1 })]))).not.to.deep.equal(of(body));
  });

  it('may be empty, have heartbeats only, leave sent_at out and hold what nobody knows', () => {
    expect(parseGood(payloadOf([]))).to.include({ messages: 0, events: 0 });
    const { message_type, generated_at } = heartbeat;
    const messages = [{ message_type, generated_at, more: [] }];
    const { job_name, run_id, counters } = payloadOf([]);
    const body = { job_name, run_id, counters: { ...counters, message_counter: 9 }, messages, extra: {} };
    expect(parseGood(body)).to.include({ messages: 1, events: 0 });
  });
});

describe('a payload that is refused', () => {
  const good = payloadOf([sparkEvent(0, {})]);
  const cases: readonly (readonly [what: string, body: object, field: string, message: RegExp])[] = [
    ['no job_name', { ...good, job_name: undefined }, 'job_name', /must be a string/],
    ['a number as job_name', { ...good, job_name: 7 }, 'job_name', /must be a string/],
    ['an empty job_name', { ...good, job_name: '' }, 'job_name', /must not be empty/],
    ['a control character', { ...good, job_name: 'a\u0000b' }, 'job_name', /control/],
    ['a C1 control character', { ...good, run_id: 'a\u0085b' }, 'run_id', /control/],
    ['a lone surrogate', { ...good, run_id: '\ud800' }, 'run_id', /surrogate/],
    ['256 characters', { ...good, run_id: '☂'.repeat(256) }, 'run_id', /at most 255/],
    ['a very long name', { ...good, run_id: 'a'.repeat(100_000) }, 'run_id', /at most 255/],
    ['no counters', { ...good, counters: undefined }, 'counters.payload_counter', /whole number/],
    ['counters that are null', { ...good, counters: null }, 'counters.payload_counter', /whole number/],
    ['counters without it', { ...good, counters: {} }, 'counters.payload_counter', /whole number/],
    ...['1', 1.5, -1, 2 ** 53, null, [1]].map(
      (counter) =>
        [
          `the counter ${JSON.stringify(counter)}`,
          { ...good, counters: { payload_counter: counter } },
          'counters.payload_counter',
          /whole number/,
        ] as const,
    ),
    ['no messages', { ...good, messages: undefined }, 'messages', /must be an array/],
    ['an object as messages', { ...good, messages: {} }, 'messages', /must be an array/],
  ];

  for (const [what, body, field, message] of cases) {
    it(`for ${what}`, () => {
      const { status, errors } = parseBad(body);
      expect(status).to.equal(400);
      expect(errors).to.have.length(1);
      expect(errors?.[0]?.field).to.equal(field);
      expect(errors?.[0]?.message).to.match(message);
      expect(errors?.[0]).not.to.have.property('index');
    });
  }

  const event = sparkEvent(0, {});
  const badMessages: readonly (readonly [what: string, message: unknown, field: string])[] = [
    ['null', null, ''],
    ['an array', [], ''],
    ['text', 'spark-event', ''],
    ['no message_type', { ...event, message_type: undefined }, 'message_type'],
    ['another message_type', { ...event, message_type: 'Spark-Event' }, 'message_type'],
    ['no generated_at', { ...event, generated_at: undefined }, 'generated_at'],
    ['text as generated_at', { ...event, generated_at: '1700000000000' }, 'generated_at'],
    ['a negative generated_at', { ...event, generated_at: -1 }, 'generated_at'],
    ['a generated_at past all dates', { ...event, generated_at: 8.65e15 }, 'generated_at'],
    ['a heartbeat without generated_at', { ...heartbeat, generated_at: null }, 'generated_at'],
    ['a heartbeat with an object', { ...heartbeat, content: {} }, 'content'],
    ['no content', { ...event, content: undefined }, 'content'],
    ['an object as content', { ...event, content: {} }, 'content'],
    ...[
      '',
      ' ',
      '[]',
      '1',
      'null',
      '"{}"',
      '{',
      '{}{}',
      "{'a':1}",
      '{"a":NaN}',
      '{"a":"\u0000"}',
      '\ufeff{}',
    ].map((content) => [`content ${JSON.stringify(content)}`, { ...event, content }, 'content'] as const),
  ];

  for (const [what, message, field] of badMessages) {
    it(`for one message of three: ${what}`, () => {
      const { status, errors } = parseBad({ ...good, messages: [event, message, event] });
      expect(status).to.equal(400);
      expect(errors?.map((error) => ({ index: error.index, field: error.field }))).to.deep.equal([
        { index: 1, field },
      ]);
    });
  }

  it('for content that would take too much memory to parse, although the body would not', () => {
    const deep = parseBad(payloadOf([event, sparkEvent(0, `{"a":${'['.repeat(100_000)}`)]));
    expect(deep.errors).to.deep.equal([
      { index: 1, field: 'content', message: 'nests deeper than 10000 levels' },
    ]);
    const many = parseBad(payloadOf([sparkEvent(0, `{"a":[${'0,'.repeat(1_000_001)}0]}`)]));
    expect(many.errors?.[0]).to.deep.equal({
      index: 0,
      field: 'content',
      message: 'holds more than 1000000 values',
    });
  });

  it('tells the first 20 faults', () => {
    const messages = Array.from({ length: 50 }, () => ({ ...event, content: 7 }));
    const { errors = [] } = parseBad({ ...good, job_name: '', messages });
    expect(errors).to.have.length(20);
    expect(errors.map(({ index }) => index)).to.deep.equal([undefined, ...Array(19).keys()]);
  });

  it('with 413 for too many messages, of whatever kind', () => {
    const messages = [null, event, heartbeat, 7];
    const problem = parseBad({ ...good, messages }, 3);
    expect(problem).to.include({ status: 413, code: 'too-large' });
    expect(parseGood({ ...good, messages: messages.slice(1, 3) }, 2).messages).to.equal(2);
  });

  for (const body of ['[]', 'null', '"a"', '7', `[${JSON.stringify(good)}]`]) {
    it(`for being no object: ${body.slice(0, 20)}`, () => {
      expect(parseBad(body).errors).to.deep.equal([{ field: '', message: 'must be a JSON object' }]);
    });
  }
});
