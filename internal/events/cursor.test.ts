import { expect } from 'chai';
import fc from 'fast-check';

import { comparePlaces, eventCursor } from './page.ts';

describe('a cursor', () => {
  it('is read back as it was written', () => {
    const place = fc.record({
      micros: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
      eventId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    });
    fc.assert(
      fc.property(place, (at) => {
        expect(eventCursor.decode(eventCursor.encode(at))).to.deep.equal(at);
        expect(eventCursor.encode(at)).to.match(/^[\w-]+$/);
      }),
    );
  });

  const of = (text: string) => Buffer.from(text).toString('base64url');
  for (const text of [
    '',
    'x',
    '~~~',
    of('1.2'),
    of('["event 1"]'),
    of('["event 1",1]'),
    of('["event 1",1,""]'),
    of('["event 1",1,2]'),
    of('["event 1","1","2"]'),
    of('["event 1",-1,"2"]'),
    of('["event 1",1,"-2"]'),
    of('["event 1",1,"2","3"]'),
    of('["event 1",1,"2 "]'),
    of('["event 1",1,"2"] '),
    of('["event 1",1e3,"2"]'),
    of('["event 1",1.5,"2"]'),
    of('["event 1",1,"02"]'),
    of('["event 2",1,"2"]'),
    `${of('["event 1",1,"2"]')}=`,
    of(`["event 1",1,"${2n ** 63n}"]`),
    of('["event 1",253402300800000000,"1"]'),
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(eventCursor.decode(text)).to.equal(undefined);
    });
  }

  it('orders events by time and then by id, newest first', () => {
    const places = [
      { micros: 2, eventId: '1' },
      { micros: 1, eventId: '9007199254740993' },
      { micros: 1, eventId: '9007199254740992' },
      { micros: 1, eventId: '10' },
      { micros: 1, eventId: '9' },
    ];
    expect(places.toReversed().sort(comparePlaces)).to.deep.equal(places);
  });
});
