import { expect } from 'chai';

import { timelinePaths } from './timeline-cache.ts';

describe('the questions for timelines', () => {
  it('ask for all names, encoded', () => {
    expect(timelinePaths(['a/b', '☂ &'], 12.9)).to.deep.equal([
      '/timelines?from=12&service=a%2Fb&service=%E2%98%82%20%26',
    ]);
    expect(timelinePaths([], 12)).to.deep.equal([]);
  });

  it('are split where one would be too long, or name too many', () => {
    const long = Array.from({ length: 60 }, (_, index) => `${'☂'.repeat(50)}${index}`);
    const paths = timelinePaths(long, 0);
    expect(paths.every((path) => path.length <= 6000)).to.equal(true);
    expect(paths.join('').match(/service=/g)).to.have.length(60);
    const many = timelinePaths(
      Array.from({ length: 150 }, (_, index) => String(index)),
      0,
    );
    expect(many.map((path) => path.split('&').length - 1)).to.deep.equal([100, 50]);
  });
});
