import { expect } from 'chai';

import { ServicesItems, type ServiceNow } from '../live/services-items.ts';
import { inHeldOrder } from '../parts/held-order.ts';
import { countStates, worstFirst, type Filter } from './order.ts';
import { parseSearch } from './search.ts';

const NOW = 10_000;
const at = (ago: number) => NOW - ago;
type Told = Pick<ServiceNow, 'name' | 'state' | 'since'> & Partial<ServiceNow>;

function servicesOf(told: readonly Told[]): ServicesItems {
  const services = new ServicesItems();
  services.replace(told.map(({ name, state, since }) => [name, { state, since }]));
  services.takeRecent(
    told.map(({ name: service_name, issues = 0, issueSeconds: issue_seconds = 0 }) => ({
      ...{ service_name, issues, issue_seconds },
    })),
  );
  return services;
}

const told: Told[] = [
  { name: 'slept long', state: 'idle', since: at(90) },
  { name: 'b', state: 'issue', since: at(50) },
  { name: 'rolls out', state: 'deploy', since: at(95) },
  { name: 'just fell asleep', state: 'idle', since: at(10) },
  { name: 'broken for long', state: 'issue', since: at(80) },
  { name: 'a', state: 'issue', since: at(50) },
];
const all = servicesOf(told);
const everything = { state: undefined, ...parseSearch('') };
const namesInOrder = (services: ServicesItems, filter: Filter = everything) =>
  worstFirst(services, services.ids, filter, NOW).map((id) => services.nameOf(id));

describe('the services', () => {
  it('are in order of how bad it is, and for how long', () => {
    expect(namesInOrder(all)).to.deep.equal([
      'broken for long',
      'a',
      'b',
      'rolls out',
      'just fell asleep',
      'slept long',
    ]);
  });

  it('are in the same order, whatever order they were in before', () => {
    const sorted = worstFirst(all, all.ids, everything, NOW);
    for (const before of [all.ids.toReversed(), sorted, sorted.toReversed()])
      expect(worstFirst(all, before, everything, NOW)).to.deep.equal(sorted);
  });

  it('can be those of a state whose names contain a text, large or small', () => {
    expect(namesInOrder(all, { state: 'idle', ...parseSearch('LONG') })).to.deep.equal(['slept long']);
    expect(countStates(all, parseSearch('LONG').passes)).to.deep.equal({ issue: 1, deploy: 0, idle: 1 });
  });

  it('are in issue now first, as bad as their last hour was; then what flaps, also between two bursts', () => {
    const services: Told[] = [
      { name: 'down since just now', state: 'issue', since: at(5) },
      {
        ...{ name: 'down for nine hours, but for a gap', state: 'issue', since: at(9) },
        issues: 2,
        issueSeconds: 3580,
      },
      { ...{ name: 'flaps', state: 'idle', since: at(40) }, issues: 32, issueSeconds: 256 },
      { ...{ name: 'was down once', state: 'idle', since: at(1000) }, issues: 1, issueSeconds: 1500 },
      { name: 'rolls out', state: 'deploy', since: at(20) },
      { name: 'down for a minute', state: 'issue', since: at(60) },
      { name: 'well', state: 'idle', since: at(1) },
    ];
    expect(namesInOrder(servicesOf(services))).to.deep.equal([
      'down for nine hours, but for a gap',
      'down for a minute',
      'down since just now',
      'flaps',
      'was down once',
      'rolls out',
      'well',
    ]);
  });
});

describe('rows whose order is held', () => {
  it('stay where they are, as they are now, with what is new behind them', () => {
    const sorted = namesInOrder(all);
    const isThere = (name: string) => all.idOf(name) !== undefined;
    const rows = inHeldOrder(
      ['slept long', 'gone', 'a'],
      sorted.slice(0, 3),
      (name) => name,
      (name) => (isThere(name) ? name : undefined),
    );
    expect(rows).to.deep.equal(['slept long', 'a', 'broken for long', 'b']);
  });
});
