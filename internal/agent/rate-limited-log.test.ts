import { expect } from 'chai';
import { rateLimitedWarn } from './rate-limited-log.ts';
import { logLines } from './testing/log-lines.ts';

describe('the rate-limited log', () => {
  it('writes one line per message and interval, and says how many it left out', () => {
    const { logger, lines } = logLines();
    let nowMs = 0;
    const warn = rateLimitedWarn(logger, () => nowMs, 1_000);
    for (nowMs = 0; nowMs < 1_000; nowMs += 100) warn({}, 'full');
    warn({}, 'full');
    nowMs = 1_999;
    warn({}, 'full');
    warn({}, 'refused');
    expect(lines.map((line) => /"unlogged":(\d+),"msg":"(\w+)"/.exec(line)?.slice(1))).to.deep.equal([
      ['0', 'full'],
      ['9', 'full'],
      ['0', 'refused'],
    ]);
  });
});
