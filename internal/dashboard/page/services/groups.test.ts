import { expect } from 'chai';

import type { ServiceNow } from '../live/services-items.ts';
import { countsOf, rowsOf, serviceOf } from './groups.ts';

const service = (name: string, state: ServiceNow['state'] = 'idle'): ServiceNow => ({
  name,
  state,
  since: 0,
  issues: 0,
  issueSeconds: 0,
});
const sorted = [
  service('web-b', 'deploy'),
  service('lone-some', 'issue'),
  service('api::x'),
  service('-web'),
  service('web-a', 'issue'),
  service('web'),
];
const namesOf = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => serviceOf(row)?.name ?? ('name' in row && `[${row.name}]`));

describe('groups of services', () => {
  it('stand where the worst of them would, folded to their worst state', () => {
    const rows = rowsOf(sorted, '-', new Set());
    expect(namesOf(rows)).to.deep.equal(['[web]', 'lone-some', 'api::x', '-web', 'web']);
    expect(rows[0]).to.deep.equal({
      ...{ kind: 'group', name: 'web', state: 'issue', isOpen: false },
      counts: { issue: 1, deploy: 1, idle: 0 },
    });
  });

  it('have their services behind them when they are open, in order', () => {
    expect(namesOf(rowsOf(sorted, '-', new Set(['web', 'gone']))).slice(0, 3)).to.deep.equal([
      '[web]',
      'web-b',
      'web-a',
    ]);
  });

  it('count each service once, by its state, whether they are open or not', () => {
    for (const open of [[], ['web']]) {
      expect(countsOf(rowsOf(sorted, '-', new Set(open)))).to.deep.equal({ issue: 2, deploy: 1, idle: 3 });
    }
  });
});
