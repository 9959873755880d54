import { inspect } from 'node:util';

import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import type { RecordColumns } from './columns.ts';
import { recordParser } from './record-parser.ts';

const good = { Component: 'web', Environment: 'prod', State: 'started', Timestamp: '2026-03-01T12:00:00Z' };

function parse(body: unknown, maxRecords = 1000): RecordColumns {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return recordParser.parse(Buffer.from(text), { maxRecords });
}

function refusalOf(body: unknown, maxRecords?: number): Problem {
  try {
    parse(body, maxRecords);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('parsing deployment records', () => {
  it('reads records in order', () => {
    const other = {
      Component: '0.a-b',
      Environment: 'a-b-c',
      State: ' ☂\n',
      Timestamp: '1970-01-01T01:00:00.000000001+01:00',
    };
    expect(parse({ Records: [good, other] })).to.deep.equal({
      components: ['web', '0.a-b'],
      environments: ['prod', 'a-b-c'],
      states: ['started', ' ☂\n'],
      seconds: [1_772_366_400, 0],
      nanoseconds: [0, 1],
      detailed: [],
    });
  });

  it('reads what a record says besides, and names what is wrong with it', () => {
    const more = { Version: 'v1.2 ☂', By: 'ci', Url: 'https://ci/runs/7' };
    const [detailed] = parse({ Records: [good, { ...good, ...more }] }).detailed;
    expect(detailed).to.deep.include({ version: 'v1.2 ☂', by: 'ci', url: 'https://ci/runs/7' });
    for (const [field, value] of [
      ['Version', ''],
      ['Version', 7],
      ['By', '\0'],
      ['Url', 'javascript:alert(1)'],
      ['Url', 'https://a b'],
      ['Url', null],
    ] as const) {
      const { errors } = refusalOf({ Records: [{ ...good, [field]: value }] });
      expect(errors?.map((error) => error.field)).to.deep.equal([field]);
    }
  });

  it('takes an empty list', () => {
    expect(parse({ Records: [] }).components).to.deep.equal([]);
  });

  it('ignores unknown fields and names in another case', () => {
    const columns = parse({ records: 1, Records: [{ ...good, component: 'x', state: 1, constructor: {} }] });
    expect(columns.components).to.deep.equal(['web']);
  });

  it('takes the last of a repeated key', () => {
    const text = JSON.stringify({ Records: [good] }).replace('{"Comp', '{"Component":7,"Comp');
    expect(parse(text).components).to.deep.equal(['web']);
  });

  it('takes the longest names and states', () => {
    const longest = {
      ...good,
      Component: 'a'.repeat(255),
      Environment: 'a'.repeat(255),
      State: '😀'.repeat(255),
    };
    expect(parse({ Records: [longest] }).states).to.deep.equal(['😀'.repeat(255)]);
  });

  const COMPONENT = 'must match ^[a-z0-9][a-z0-9.-]*$';
  const ENVIRONMENT = 'must match ^[a-z]+(-[a-z]+){0,2}$';
  const TOO_LONG = 'must be at most 255 characters';
  const TIME = 'must be an RFC 3339 time';
  const faults: readonly (readonly [string, string, unknown, string])[] = [
    ...[undefined, null, 7, ['web'], {}].flatMap((value) => [
      ['Component', 'Component', value, 'must be a string'] as const,
      ['Environment', 'Environment', value, 'must be a string'] as const,
      ['State', 'State', value, 'must be a string'] as const,
      ['Timestamp', 'Timestamp', value, TIME] as const,
    ]),
    ...['', '-web', '.web', 'Web', 'we b', 'web\n', 'wéb', 'web_1', '__proto__', 'a/b'].map(
      (value) => ['Component', 'Component', value, COMPONENT] as const,
    ),
    ['Component', 'Component', 'a'.repeat(256), TOO_LONG],
    ...['', 'Prod', 'prod1', 'prod-', '-prod', 'a--b', 'a-b-c-d', 'prod\n', 'pröd', 'prod_eu'].map(
      (value) => ['Environment', 'Environment', value, ENVIRONMENT] as const,
    ),
    ['Environment', 'Environment', 'a'.repeat(256), TOO_LONG],
    ['State', 'State', '', 'must not be empty'],
    ['State', 'State', 'a'.repeat(256), TOO_LONG],
    ['State', 'State', '😀'.repeat(256), TOO_LONG],
    ['State', 'State', 'a\0', 'must not contain U+0000'],
    ['State', 'State', 'a\ud800', 'must not contain lone surrogates'],
    ['Timestamp', 'Timestamp', 1_772_366_400, TIME],
    ['Timestamp', 'Timestamp', '2026-03-01', TIME],
  ];
  for (const [what, field, value, message] of faults) {
    it(`refuses ${inspect(value).slice(0, 30)} as ${what}`, () => {
      const refusal = refusalOf({ Records: [good, { ...good, [field]: value }] });
      expect(refusal).to.include({ status: 400, code: 'invalid-request' });
      expect(refusal.errors).to.deep.equal([{ index: 1, field, message }]);
    });
  }

  for (const value of [null, 7, 'web', [good]]) {
    it(`refuses ${JSON.stringify(value)} as a record`, () => {
      expect(refusalOf({ Records: [value] }).errors).to.deep.equal([
        { index: 0, field: '', message: 'must be a JSON object' },
      ]);
    });
  }

  for (const body of [[good], null, 7, '"Records"']) {
    it(`refuses ${JSON.stringify(body)} as a body`, () => {
      expect(refusalOf(body).errors).to.deep.equal([{ field: '', message: 'must be a JSON object' }]);
    });
  }

  for (const body of [{}, { Records: null }, { Records: good }, { records: [good] }]) {
    it(`refuses ${JSON.stringify(body)}, which has no list`, () => {
      expect(refusalOf(body).errors).to.deep.equal([{ field: 'Records', message: 'must be an array' }]);
    });
  }

  it('names every fault of a record', () => {
    const fields = refusalOf({ Records: [{}] }).errors?.map(({ field }) => field);
    expect(fields).to.deep.equal(['Component', 'Environment', 'State', 'Timestamp']);
  });

  it('names the first twenty faults', () => {
    const records = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? good : { ...good, State: '' },
    );
    const indices = refusalOf({ Records: records }).errors?.map(({ index }) => index);
    expect(indices).to.deep.equal(Array.from({ length: 20 }, (_, index) => 2 * index + 1));
  });

  it('refuses more records than there may be, good or bad', () => {
    expect(parse({ Records: [good, good] }, 2).components).to.have.length(2);
    expect(refusalOf({ Records: [good, good, {}] }, 2)).to.include({ status: 413, code: 'too-large' });
  });

  it('refuses what is no JSON', () => {
    expect(refusalOf('{"Records":[')).to.include({ status: 400, code: 'invalid-body' });
  });
});
