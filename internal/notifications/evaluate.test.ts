import { expect } from 'chai';

import { stepsOf, type Alert, type Stretch } from './evaluate.ts';
import { isQuiet, usualRules, type Rule } from './rules.ts';

const NOW = 10_000;
const [usual] = usualRules as [Rule];

describe('what somebody is told', () => {
  const stretch = (start: number, end: number | null): Stretch => ({ serviceName: 'web', start, end });
  const alert = (since: number, endedAt: number | null = null, toldAt = since): Alert => ({
    ...{ rule: usual.name, serviceName: 'web', since, toldAt, endedAt },
  });
  const look = (
    stretches: Stretch[],
    alerts: Alert[] = [],
    more: { rule?: Partial<Rule>; muted?: (at: number) => boolean; now?: number } = {},
  ) =>
    stepsOf({ ...usual, ...more.rule }, stretches, alerts, {
      now: more.now ?? NOW,
      from: NOW - 60,
      isMuted: (_, at) => more.muted?.(at) ?? false,
    }).map(({ kind, alert: { since, endedAt } }) => [kind, since, endedAt]);

  it('is what goes on and was not told', () => {
    expect(look([stretch(9000, null)])).to.deep.equal([['begun', 9000, null]]);
    expect(look([stretch(9000, null)], [alert(9000)])).to.deep.equal([]);
  });

  it('is what began and ended since the last look, both', () => {
    expect(look([stretch(9950, 9960)])).to.deep.equal([
      ['begun', 9950, null],
      ['ended', 9950, 9960],
    ]);
    expect(look([stretch(9950, 9960)], [alert(9950, 9960)])).to.deep.equal([]);
    expect(look([stretch(9000, 9940)])).to.deep.equal([]);
  });

  it('is the end of what was told, when it ended', () => {
    expect(look([stretch(9000, 9970), stretch(9980, null)], [alert(9000)])).to.deep.equal([
      ['ended', 9000, 9970],
      ['begun', 9980, null],
    ]);
    expect(look([], [alert(9000)])).to.deep.equal([['ended', 9000, NOW]]);
    expect(look([stretch(9000, 9970)], [alert(9000)], { rule: { tellsEnd: false } })).to.deep.equal([
      ['closed', 9000, 9970],
    ]);
  });

  it('is not told twice of what late reports made begin earlier, or join', () => {
    expect(look([stretch(8000, null)], [alert(9000)])).to.deep.equal([]);
    expect(look([stretch(-Infinity, null)], [alert(9000)])).to.deep.equal([]);
    expect(look([stretch(9000, 9980)], [alert(9000, 9950)])).to.deep.equal([]);
    expect(look([stretch(9000, null)], [alert(9000, 9950)])).to.deep.equal([['begun', 9950, null]]);
    expect(look([stretch(9000, null)], [alert(9000, 9950), alert(9950)])).to.deep.equal([]);
  });

  it('lasts long enough first, and is told again', () => {
    const rule = { forSeconds: 100, againSeconds: 600 };
    expect(look([stretch(9901, null)], [], { rule })).to.deep.equal([]);
    expect(look([stretch(9900, null)], [], { rule })).to.deep.equal([['begun', 9900, null]]);
    expect(look([stretch(9000, null)], [alert(9000, null, 9401)], { rule })).to.deep.equal([]);
    expect(look([stretch(9000, null)], [alert(9000, null, 9400)], { rule })).to.deep.equal([
      ['again', 9000, null],
    ]);
  });

  it('is nothing while it is muted, and afterwards what still goes on or was told', () => {
    const muted = (at: number) => at < 10_100;
    const told = [alert(9000)];
    expect(look([stretch(9900, null)], [], { muted })).to.deep.equal([]);
    expect(look([stretch(9900, null)], [], { muted, now: 10_100 })).to.have.length(1);
    expect(look([stretch(9900, 9990)], [], { muted, now: 10_100 })).to.deep.equal([]);
    expect(look([stretch(9000, 9990)], told, { muted })).to.deep.equal([]);
    expect(look([stretch(9000, 9990)], told, { muted, now: 10_100 })).to.deep.equal([['ended', 9000, 9990]]);
  });

  it('is nothing in quiet hours, also over midnight', () => {
    const at = (hours: number, minutes = 0) => new Date(2026, 0, 5, hours, minutes).getTime() / 1000;
    const night = { quiet: { from: 22 * 60, to: 6 * 60 } };
    expect([21, 22, 23, 0, 5, 6].map((hour) => isQuiet(night, at(hour)))).to.deep.equal([
      ...[false, true, true, true, true, false],
    ]);
    const noon = { quiet: { from: 720, to: 750 } };
    expect([at(11, 59), at(12), at(12, 29), at(12, 30)].map((time) => isQuiet(noon, time))).to.deep.equal([
      ...[false, true, true, false],
    ]);
    expect(isQuiet({ quiet: undefined }, at(3))).to.equal(false);
  });
});
