import { expect } from 'chai';

import { ServicesItems, type State } from '../live/services-items.ts';
import { countsOf, rowsOf, serviceOf, type ListRow } from './groups.ts';

const services = new ServicesItems();
const states: [name: string, state: State][] = [
  ['web-b', 'deploy'],
  ['lone-some', 'issue'],
  ['api::x', 'idle'],
  ['-web', 'idle'],
  ['web-a', 'issue'],
  ['web', 'idle'],
];
services.replace(states.map(([name, state]) => [name, { state, since: 0 }]));
const sorted = states.map(([name]) => services.idOf(name) ?? NaN);
const rowsWith = (open: readonly string[]) => rowsOf(services, sorted, '-', new Set(open));
const namesOf = (rows: readonly ListRow[]) =>
  rows.map((row) => {
    const id = serviceOf(row);
    return id === undefined
      ? typeof row !== 'number' && 'name' in row && `[${row.name}]`
      : services.nameOf(id);
  });

describe('groups of services', () => {
  it('stand where the worst of them would, folded to their worst state', () => {
    const rows = rowsWith([]);
    expect(namesOf(rows)).to.deep.equal(['[web]', 'lone-some', 'api::x', '-web', 'web']);
    expect(rows[0]).to.deep.equal({
      ...{ kind: 'group', name: 'web', state: 'issue', isOpen: false },
      counts: { issue: 1, deploy: 1, idle: 0 },
    });
  });

  it('have their services behind them when they are open, in order', () => {
    expect(namesOf(rowsWith(['web', 'gone'])).slice(0, 3)).to.deep.equal(['[web]', 'web-b', 'web-a']);
  });

  it('count each service once, by its state, whether they are open or not', () => {
    for (const open of [[], ['web']]) {
      expect(countsOf(services, rowsWith(open))).to.deep.equal({ issue: 2, deploy: 1, idle: 3 });
    }
  });
});
