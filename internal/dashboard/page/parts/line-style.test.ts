import { expect } from 'chai';

import { lineStyle } from './line-style.ts';

describe('the lines of a graph', () => {
  const styles = Array.from({ length: 15 }, (_, index) => lineStyle(index));

  it('look different, and not by colour alone where they are next to each other', () => {
    expect(new Set(styles.map(({ colour, dash }) => `${colour} ${dash.join()}`)).size).to.equal(
      styles.length,
    );
    for (const [index, { dash, border }] of styles.entries()) {
      expect(dash.join()).not.to.equal(lineStyle(index + 1).dash.join());
      expect(border).not.to.equal(lineStyle(index + 1).border);
    }
  });
});
