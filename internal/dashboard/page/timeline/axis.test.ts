import { expect } from 'chai';

import { formatMoment } from '../time/format.ts';
import { axisLabels, clockLabels, ticksOf } from './axis.ts';

const NOW = 1_700_000_000;
const DAY = 86_400;

describe('the axis of a timeline', () => {
  it('is labelled at round moments', () => {
    expect(ticksOf({ from: 1_700_000_000, to: 1_700_003_600 }, 6, 'UTC')).to.deep.equal(
      [400, 1000, 1600, 2200, 2800, 3400].map((shift) => 1_700_000_000 + shift),
    );
    for (const days of [1, 2, 7, 14, 30, 90, 400]) {
      const ticks = ticksOf({ from: NOW - days * DAY, to: NOW }, 6, 'UTC');
      expect(ticks.length, `${days} days`).to.be.within(3, 8);
    }
  });

  it('of a graph has the date where it is another one than before', () => {
    const ticks = [0, 3, 6, 9].map((hours) => NOW + hours * 3600);
    expect(clockLabels(ticks, 'UTC', 10_800)).to.deep.equal([
      ...['11-14 22:13', '11-15 01:13', '04:13', '07:13'],
    ]);
    expect(clockLabels(ticks.slice(1), 'UTC', 10_800)).to.deep.equal(['01:13', '04:13', '07:13']);
    expect(clockLabels([NOW], 'Asia/Kolkata', 30)).to.deep.equal(['03:43:20']);
    expect(clockLabels([], 'UTC', 30)).to.deep.equal([]);
  });

  for (const zone of ['America/Los_Angeles', 'Asia/Kolkata', 'Asia/Kathmandu', 'Europe/Berlin']) {
    it(`has the round moments of the clocks in ${zone}, also when they are put back or forward`, () => {
      // From before the end of summer time to after its beginning in spring.
      for (const end of [
        NOW,
        Date.UTC(2023, 9, 30) / 1000,
        Date.UTC(2023, 10, 6) / 1000,
        Date.UTC(2024, 2, 12) / 1000,
      ]) {
        const clocks = (seconds: number) =>
          ticksOf({ from: end - seconds, to: end }, 6, zone).map((at) => formatMoment(at, zone).slice(11));
        expect(new Set(clocks(7 * DAY)), 'days').to.deep.equal(new Set(['00:00:00']));
        const hours = clocks(DAY).map((clock) => Number(clock.slice(0, 2)));
        expect(clocks(DAY).every((clock) => clock.endsWith(':00:00'))).to.equal(true);
        // On the days on which clocks change one step is longer or shorter; never are there wrong hours.
        expect(
          hours.every((hour) => hour % 6 === 0),
          hours.join(),
        ).to.equal(true);
      }
    });
  }

  it('tells the day where two of them are shown', () => {
    const labels = (seconds: number, width: number) =>
      axisLabels({ from: NOW - seconds, to: NOW }, width, 'UTC').map(({ label }) => label);
    expect(labels(DAY, 1200)).to.deep.equal(['11-14 00:00', '06:00', '12:00', '18:00']);
    expect(labels(DAY, 360)).to.deep.equal(['11-14 00:00', '06:00', '12:00', '18:00']);
    expect(labels(3600, 1200)).to.deep.equal(['21:20', '21:30', '21:40', '21:50', '22:00', '22:10']);
    expect(axisLabels({ from: NOW, to: NOW + DAY }, 1200, 'UTC').map(({ label }) => label)).to.deep.equal([
      ...['11-15 00:00', '06:00', '12:00', '18:00'],
    ]);
  });

  it('has no label that is cut off', () => {
    for (const width of [100, 200, 320, 1200]) {
      for (const { share, label } of axisLabels({ from: NOW - DAY, to: NOW }, width, 'Asia/Kolkata')) {
        expect(width * (1 - share), `${label} of ${width}`).to.be.above(label.length * 7.5);
      }
    }
  });
});
