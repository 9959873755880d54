import { expect } from 'chai';

import { Outlook } from './post-events.ts';

describe('the outlook of a body that is not parsed yet', () => {
  const fails = (): never => {
    throw new Error('no room');
  };
  const isBad = (outlook: Outlook, nowMs: number) => (outlook.isBad(nowMs) ? 1 : 0);

  function refuse(outlook: Outlook, times: number, nowMs: number): void {
    for (let time = 0; time < times; time++) expect(() => outlook.watch(fails, nowMs)).to.throw('no room');
  }

  it('is good until most of those before it were refused', () => {
    const outlook = new Outlook();
    expect(outlook.isBad(0)).to.equal(false);
    refuse(outlook, 1, 0);
    expect(outlook.isBad(0)).to.equal(false);
    refuse(outlook, 4, 0);
    expect(outlook.isBad(0)).to.equal(true);
  });

  it('is bad for all but one of eight, which finds out', () => {
    const outlook = new Outlook();
    refuse(outlook, 20, 0);
    const bad = Array.from({ length: 80 }, () => isBad(outlook, 0)).reduce<number>(
      (sum, one) => sum + one,
      0,
    );
    expect(bad).to.equal(70);
  });

  it('is good again once some were taken, and when none was refused for a while', () => {
    const outlook = new Outlook();
    refuse(outlook, 20, 0);
    expect(outlook.isBad(100)).to.equal(true);
    expect(outlook.isBad(101)).to.equal(false);
    for (let time = 0; time < 3; time++) expect(outlook.watch(() => 'room', 0)).to.equal('room');
    expect(outlook.isBad(0)).to.equal(false);
  });

  it('stays good where one body of five is refused, as where one shard does not commit', () => {
    const outlook = new Outlook();
    for (let body = 0; body < 100; body++) {
      if (body % 5 === 0) refuse(outlook, 1, 0);
      else outlook.watch(() => 'room', 0);
      expect(outlook.isBad(0)).to.equal(false);
    }
  });
});
