import { expect } from 'chai';
import fc from 'fast-check';

import { decodeCursor, encodeCursor } from './place.ts';

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
        expect(encodeCursor(at)).to.match(/^[\w-]+$/);
        expect(decodeCursor(encodeCursor(at))).to.deep.equal(at);
      }),
    );
  });

  const of = (text: string) => Buffer.from(text).toString('base64url');
  for (const text of [
    ...['', 'x', '~~~', of(''), of('{}'), of('[]'), of('null'), of('[1,0,"prod"]'), of('[1,0,"prod","a",1]')],
    ...[
      of('["1",0,"prod","a"]'),
      of('[1,-1,"prod","a"]'),
      of('[1,1000000000,"prod","a"]'),
      of('[0.5,0,"prod","a"]'),
    ],
    ...[of('[1e300,0,"prod","a"]'), of('[-0,0,"prod","a"]'), of('[1,0,"Prod","a"]'), of('[1,0,"prod",""]')],
    ...[of('[1,0,"prod","\\u0000"]'), of('[1, 0,"prod","a"]'), `${of('[1,0,"prod","a"]')}=`],
  ]) {
    it(`is refused: ${JSON.stringify(Buffer.from(text, 'base64url').toString())}`, () => {
      expect(decodeCursor(text)).to.equal(undefined);
    });
  }
});
