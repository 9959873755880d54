import { expect } from 'chai';

import { spanOfGrip, type Grip } from './grip.ts';

const NOW = 1_700_000_000;
const grip: Grip = { span: { from: NOW - 3600, to: NOW }, shares: new Map([[1, 0.5]]) };
const twoFingers: Grip = {
  span: { from: 1000, to: 2000 },
  shares: new Map([
    [1, 0.4],
    [2, 0.6],
  ]),
};

describe('a timeline that is held', () => {
  it('moves with the pointer, however small its steps', () => {
    expect(spanOfGrip(grip, new Map([[1, 0.75]]), NOW)).to.deep.equal({ from: NOW - 4500, to: NOW - 900 });
    expect(spanOfGrip(grip, new Map([[1, 0.5001]]), NOW).to).to.be.closeTo(NOW - 0.36, 0.001);
  });

  it('is not moved past now', () => {
    expect(spanOfGrip(grip, new Map([[1, 0.1]]), NOW)).to.deep.equal(grip.span);
  });

  it('is stretched by two fingers, and stays under both', () => {
    const { from, to } = spanOfGrip(
      twoFingers,
      new Map([
        [1, 0.3],
        [2, 0.7],
      ]),
      NOW,
    );
    expect([from, to]).to.deep.equal([1250, 1750]);
    const moved = spanOfGrip(
      twoFingers,
      new Map([
        [1, 0.5],
        [2, 0.7],
      ]),
      NOW,
    );
    expect(moved.from).to.be.closeTo(900, 0.001);
    expect(moved.to).to.be.closeTo(1900, 0.001);
  });

  it('stays as it is where the fingers are too close to tell, or nothing holds it', () => {
    const together = new Map([
      [1, 0.5],
      [2, 0.5],
    ]);
    expect(spanOfGrip(twoFingers, together, NOW)).to.deep.equal(twoFingers.span);
    expect(spanOfGrip({ ...grip, shares: new Map() }, new Map(), NOW)).to.deep.equal(grip.span);
  });
});
