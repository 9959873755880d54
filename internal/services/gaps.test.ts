import { expect } from 'chai';
import fc from 'fast-check';

import { gapsFrom } from './gaps.ts';

describe('the gap of a service', () => {
  const gaps = gapsFrom(2, [
    { pattern: 'batch-*', gapSeconds: 30 },
    { pattern: 'sensor-?', gapSeconds: 300 },
    { pattern: '*-night', gapSeconds: 60 },
  ]);

  it('is its own, then the first that fits its name, then the default', () => {
    expect(gaps.gapOf('batch-night', 7)).to.equal(7);
    expect(gaps.gapOf('batch-night', undefined)).to.equal(30);
    expect(gaps.gapOf('report-night', undefined)).to.equal(60);
    expect(gaps.gapOf('web', undefined)).to.equal(2);
  });

  it('fits by any characters for a star and one for a question mark, and by no part of the name', () => {
    const fits = (pattern: string, name: string) =>
      gapsFrom(1, [{ pattern, gapSeconds: 2 }]).gapOf(name, undefined) === 2;
    for (const [pattern, name] of [
      ['a*b*c', 'axbxbc'],
      ['*', 'x'],
      ['a**', 'a'],
      ['?', '😀'],
      ['a.c', 'a.c'],
      ['*b', 'bab'],
    ] as const)
      // prettier-ignore
      expect(fits(pattern, name), `${pattern} ${name}`).to.equal(true);
    for (const [pattern, name] of [
      ['a*b', 'abc'],
      ['sensor-?', 'sensor-'],
      ['sensor-?', 'sensor-12'],
      ['a.c', 'abc'],
      ['b', 'ab'],
      ['A', 'a'],
    ] as const)
      // prettier-ignore
      expect(fits(pattern, name), `${pattern} ${name}`).to.equal(false);
  });

  it('fits as the same pattern does as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(text, name, (pattern, serviceName) => {
        const regular = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        const fits = gapsFrom(1, [{ pattern, gapSeconds: 2 }]).gapOf(serviceName, undefined) === 2;
        expect(fits).to.equal(regular.test(serviceName));
      }),
      { numRuns: 1000 },
    );
  });
});
