import { expect } from 'chai';

import { nameOf } from './bench.ts';
import { parseRows, parseWatch } from './options.ts';

describe('what is asked of the benchmark', () => {
  it('is all rows, unless some are named', () => {
    const all = parseRows([]);
    expect(all).to.deep.include({ kind: 'run' });
    const some = parseRows(['--only', 'VictoriaMetrics', '--rounds', '3', '--seconds', '2', '--list']);
    if (all.kind !== 'run' || some.kind !== 'run') throw new Error('not to be run');
    expect(all.options).to.deep.include({ rounds: 5, seconds: 6, isList: false });
    expect(some.options).to.deep.include({ rounds: 3, seconds: 2, isList: true });
    const named = all.options.rows.filter((row) => nameOf(row).includes('VictoriaMetrics'));
    expect(some.options.rows).to.deep.equal(named).and.have.length.of.at.least(3);
  });

  it('is said to be wrong where it is', () => {
    const problemsOf = (...args: string[]) => {
      const asked = parseRows(args);
      return asked.kind === 'bad' ? asked.problems : [];
    };
    expect(problemsOf('--only', 'no such row')).to.deep.equal(['no row\'s name contains "no such row"']);
    expect(problemsOf('--rounds', 'many')).to.have.length(1);
    expect(problemsOf('--fast')).to.deep.equal(['unknown option --fast']);
    expect(parseRows(['--help'])).to.deep.equal({ kind: 'help' });
  });

  it('is the page, for minutes', () => {
    expect(parseWatch(['--minutes', '0.5'])).to.deep.equal({
      ...{ kind: 'run', options: { minutes: 0.5, services: 10_000, rate: 5000 } },
    });
    expect(parseWatch(['--rate', '0'])).to.include({ kind: 'bad' });
  });
});
