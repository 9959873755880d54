import { expect } from 'chai';

import { NOW, parseBad } from './testing/parse-text.ts';

const NEITHER = 'must be unix seconds or an RFC 3339 time';
const TOO_FAR = "must be at most 60 seconds ahead of the server's clock";
const HALF = 'is missing: a report has both service_name and state';

describe('refusing a bulk request', () => {
  const faults: readonly (readonly [string, unknown, string, string])[] = [
    ['no timestamp', { data: 1 }, 'timestamp', NEITHER],
    ['null as timestamp', { timestamp: null }, 'timestamp', NEITHER],
    ['true as timestamp', { timestamp: true }, 'timestamp', NEITHER],
    ['an object as timestamp', { timestamp: {} }, 'timestamp', NEITHER],
    ['a number as text', { timestamp: '1700000000' }, 'timestamp', NEITHER],
    ['a date without time', { timestamp: '2023-11-14' }, 'timestamp', NEITHER],
    ['a negative timestamp', { timestamp: -1 }, 'timestamp', 'must not be negative'],
    ['a time before 1970', { timestamp: '1969-12-31T23:59:59Z' }, 'timestamp', 'must not be before 1970'],
    ['a time too far ahead', { timestamp: NOW + 61 }, 'timestamp', TOO_FAR],
    ['an RFC 3339 time too far ahead', { timestamp: '2023-11-14T22:14:21Z' }, 'timestamp', TOO_FAR],
    [
      'milliseconds',
      { timestamp: NOW * 1000 },
      'timestamp',
      'must be unix seconds; this value can only be milliseconds',
    ],
    ['a service without state', { timestamp: 1, service_name: 'a' }, 'state', HALF],
    ['a state without service', { timestamp: 1, state: 'issue', data: 1 }, 'service_name', HALF],
    [
      'an unknown state',
      { timestamp: 1, service_name: 'a', state: 'idle' },
      'state',
      'must be "deploy" or "issue"',
    ],
    [
      'a state that is no text',
      { timestamp: 1, service_name: 'a', state: ['issue'] },
      'state',
      'must be "deploy" or "issue"',
    ],
    [
      'a name that is no text',
      { timestamp: 1, service_name: null, state: 'issue' },
      'service_name',
      'must be a string',
    ],
    [
      'an empty name',
      { timestamp: 1, service_name: '', state: 'issue' },
      'service_name',
      'must not be empty',
    ],
    [
      'a name with a NUL',
      { timestamp: 1, service_name: '\0', state: 'issue' },
      'service_name',
      'must not contain control characters',
    ],
    ['a number instead of an object', 7, '', 'must be a JSON object'],
    ['an array instead of an object', [{ timestamp: 1 }], '', 'must be a JSON object'],
    ['null instead of an object', null, '', 'must be a JSON object'],
  ];
  for (const [what, item, field, message] of faults) {
    it(`refuses ${what}`, () => {
      const refusal = parseBad([{ timestamp: 1 }, item]);
      expect(refusal).to.include({ status: 400, code: 'invalid-request' });
      expect(refusal.errors).to.deep.equal([{ index: 1, field, message }]);
      expect(refusal.message).to.contain('item 1').and.contain(message);
    });
  }

  it('refuses a timestamp that overflows', () => {
    expect(parseBad('[{"timestamp":1e400}]').errors).to.deep.equal([
      { index: 0, field: 'timestamp', message: 'must be finite' },
    ]);
  });

  it('names every fault of an item', () => {
    const fields = parseBad([{ service_name: 1, state: 2 }]).errors?.map(({ field }) => field);
    expect(fields).to.deep.equal(['service_name', 'state', 'timestamp']);
  });

  it('names the first twenty faults', () => {
    const items = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? { timestamp: 1 } : {}));
    const indices = parseBad(items).errors?.map(({ index }) => index);
    expect(indices).to.deep.equal(Array.from({ length: 20 }, (_, index) => 2 * index + 1));
  });

  const malformed: readonly (readonly [string, string, string])[] = [
    ['nothing', '', 'empty'],
    ['blanks', ' \n', 'empty'],
    ['text', 'hello', 'at byte 0'],
    ['an array that does not end', '[{"timestamp":1}', 'at byte 16'],
    ['a comma too much', '[{"timestamp":1},]', 'at byte 17'],
    ['a missing comma', '[{"timestamp":1}{"timestamp":1}]', 'at byte 16'],
    ['something after the array', '[] []', 'at byte 3'],
    ['bad JSON in data', '[{"timestamp":1,"data":01}]', 'at byte 24'],
    ['bad JSON in a field that is ignored', '[{"timestamp":1,"x":tru}]', 'at byte 23'],
    [
      'data that nests too deep',
      `[{"timestamp":1,"data":${'['.repeat(1001)}${']'.repeat(1001)}}]`,
      'nested deeper than 1000',
    ],
    [
      'NDJSON that is not called so',
      '{"timestamp":1}\n{"timestamp":2}',
      'Content-Type: application/x-ndjson',
    ],
  ];
  for (const [what, body, detail] of malformed) {
    it(`refuses ${what}`, () => {
      const refusal = parseBad(body);
      expect(refusal).to.include({ status: 400, code: 'invalid-body' });
      expect(refusal.message).to.contain(detail);
    });
  }

  it('refuses one object that is no array', () => {
    expect(parseBad({ timestamp: 1 }).errors).to.deep.equal([
      { field: '', message: 'must be a JSON array of events, or NDJSON by Content-Type' },
    ]);
  });

  const malformedLines: readonly (readonly [string, string, string])[] = [
    ['an event over two lines', '{"timestamp":1}\n{"timestamp":\n2}', 'a line ends within an event'],
    ['two events in a line', '{"timestamp":1} {"timestamp":2}', 'more than one event in a line'],
    ['a line with a comma', '{"timestamp":1},\n{"timestamp":2}', 'more than one event in a line'],
    ['a line that is cut off', '{"timestamp":1}\n{"timesta', 'at byte 25'],
  ];
  for (const [what, body, detail] of malformedLines) {
    it(`refuses NDJSON with ${what}`, () => {
      const refusal = parseBad(body, { format: 'ndjson' });
      expect(refusal).to.include({ status: 400, code: 'invalid-body' });
      expect(refusal.message).to.contain(detail);
    });
  }

  it('counts the events of NDJSON, not its lines', () => {
    const refusal = parseBad('\n{"timestamp":1}\n\n7\n', { format: 'ndjson' });
    expect(refusal.errors).to.deep.equal([{ index: 1, field: '', message: 'must be a JSON object' }]);
  });
});
