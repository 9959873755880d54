import { expect } from 'chai';
import fc from 'fast-check';

import { recordCursor } from './queries.ts';

describe('a cursor of a history', () => {
  it('is read back as it was written', () => {
    const place = fc.record({
      second: fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }),
      nanosecond: fc.integer({ min: 0, max: 999_999_999 }),
      environment: fc.constantFrom('prod', 'a-b-c'),
      state: fc
        .string({ minLength: 1, maxLength: 100, unit: 'binary' })
        .filter((text) => !text.includes('\0')),
    });
    fc.assert(
      fc.property(place, (at) => {
        expect(recordCursor.encode(at)).to.match(/^[\w-]+$/);
        expect(recordCursor.decode(recordCursor.encode(at))).to.deep.equal(at);
      }),
    );
  });

  const of = (text: string) => Buffer.from(text).toString('base64url');
  for (const text of [
    ...[
      '',
      'x',
      '~~~',
      of(''),
      of('{}'),
      of('[]'),
      of('["record 1"]'),
      of('[1,0,"prod","a"]'),
      of('["event 1",1,0,"prod","a"]'),
      of('null'),
      of('["record 1",1,0,"prod"]'),
      of('["record 1",1,0,"prod","a",1]'),
    ],
    ...[
      of('["record 1","1",0,"prod","a"]'),
      of('["record 1",1,-1,"prod","a"]'),
      of('["record 1",1,1000000000,"prod","a"]'),
      of('["record 1",0.5,0,"prod","a"]'),
    ],
    ...[
      of('["record 1",1e300,0,"prod","a"]'),
      of('["record 1",-0,0,"prod","a"]'),
      of('["record 1",1,0,"Prod","a"]'),
      of('["record 1",1,0,"prod",""]'),
    ],
    ...[
      of('["record 1",1,0,"prod","\\u0000"]'),
      of('["record 1",1, 0,"prod","a"]'),
      `${of('["record 1",1,0,"prod","a"]')}=`,
    ],
  ]) {
    it(`is refused: ${JSON.stringify(Buffer.from(text, 'base64url').toString())}`, () => {
      expect(recordCursor.decode(text)).to.equal(undefined);
    });
  }
});
