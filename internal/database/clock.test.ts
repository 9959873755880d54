import { expect } from 'chai';

import { logLines } from '../agent/testing/log-lines.ts';
import { ClockWatch } from './clock.ts';

const THEIRS = 1_700_000_000;

describe('the watch over the clock', () => {
  for (const [aheadSeconds, expected] of [
    [0, undefined],
    [59, undefined],
    [-59, undefined],
    [3600, "This machine's clock is 3600 s ahead of the database's."],
    [-3600, "This machine's clock is 3600 s behind the database's."],
  ] as const) {
    it(`finds ${expected === undefined ? 'nothing wrong' : 'a fault'} at ${aheadSeconds} s ahead`, async () => {
      const { logger } = logLines();
      const nowSeconds = () => THEIRS + aheadSeconds;
      let fault: string | undefined;
      const watch = new ClockWatch({
        tell: (told) => (fault = told),
        ask: () => Promise.resolve(THEIRS),
        mostSkewSeconds: 60,
        nowSeconds,
        logger,
      });
      expect(fault).to.equal(undefined);
      await watch.check();
      expect(fault).to.equal(expected);
    });
  }

  it('says once that the clock is wrong, and once that it is right again', async () => {
    const { logger, lines } = logLines();
    let ours = THEIRS - 3600;
    let fault: string | undefined;
    const watch = new ClockWatch({
      tell: (told) => (fault = told),
      ask: () => Promise.resolve(THEIRS),
      mostSkewSeconds: 60,
      nowSeconds: () => ours,
      logger,
    });
    for (let again = 0; again < 3; again++) await watch.check();
    ours = THEIRS;
    for (let again = 0; again < 3; again++) await watch.check();
    expect(fault).to.equal(undefined);
    expect(lines.map((line) => /"msg":"(.*?)"/.exec(line)?.[1])).to.deep.equal([
      'the clock is wrong',
      'the clock is right again',
    ]);
  });

  it('goes by what it knew while the other clock cannot be asked', async () => {
    const { logger } = logLines();
    let isAway = false;
    let fault: string | undefined;
    const watch = new ClockWatch({
      tell: (told) => (fault = told),
      ask: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(THEIRS)),
      mostSkewSeconds: 60,
      nowSeconds: () => THEIRS + 3600,
      logger,
    });
    await watch.check();
    isAway = true;
    await watch.check().catch(() => undefined);
    expect(fault).to.be.a('string');
  });
});
