import { expect } from 'chai';

import { Progress, throughputLine } from './progress.ts';
import { Tally } from './tally.ts';
import { SimulatedClock } from './testing/simulated-clock.ts';

describe('progress', () => {
  let clock: SimulatedClock;
  let written: string[];

  beforeEach(() => {
    clock = new SimulatedClock();
    written = [];
  });

  const on = (isTTY: boolean) => new Progress({ isTTY, write: (text) => written.push(text) }, clock);

  it('is one line on a terminal, written over twice a second and gone in the end', () => {
    const progress = on(true);
    progress.start(() => `at ${clock.nowMs()}`);
    clock.runUntil(1000);
    progress.stop();
    clock.runUntil(5000);
    expect(written).to.deep.equal(['\r\x1b[2Kat 500', '\r\x1b[2Kat 1000', '\r\x1b[2K']);
  });

  it('is a line every few seconds elsewhere, whatever is shown', () => {
    const progress = on(false);
    progress.start(() => 'one');
    clock.runUntil(4000);
    progress.start(() => 'two');
    clock.runUntil(10_000);
    progress.stop();
    expect(written).to.deep.equal(['two\n', 'two\n']);
  });

  it('tells what happened since the last line', () => {
    const tally = new Tally();
    const line = throughputLine(tally, clock);
    const request = { index: 0, bytes: new Uint8Array(1), events: 10 };
    for (let count = 0; count < 50; count++) tally.acknowledged(request, 2);
    clock.runUntil(500);
    expect(line()).to.equal('0.5 s  requests 100/s  events 1,000/s  p50 2.00 ms  p99 2.00 ms  errors 0');
    tally.failed({ failure: 'reset' });
    clock.runUntil(1000);
    expect(line()).to.equal('1.0 s  requests 0/s  events 0/s  p50 -  p99 -  errors 1');
  });
});
