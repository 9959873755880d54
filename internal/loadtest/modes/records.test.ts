import { expect } from 'chai';

import type { LoadPlan } from '../load-plan.ts';
import { planOf } from '../testing/plan-of.ts';
import { records, type DeploymentRecord } from './records.ts';

function sent(given: Partial<LoadPlan> = {}): DeploymentRecord[][] {
  const plan = planOf({ mode: 'records', ...given });
  return Array.from(
    records.bodies(plan),
    ({ text }) => (JSON.parse(text) as { Records: DeploymentRecord[] }).Records,
  );
}

// Plans that differ have components of other names, which end the same.
const keys = (all: readonly DeploymentRecord[]) =>
  all.map((record) => JSON.stringify(record).replace(/load-.*?-.*?-/, '')).sort();

describe('the load of deployment records', () => {
  it('is as many records as planned, in batches', () => {
    expect(sent({ events: 1005, batch: 100 }).map(({ length }) => length)).to.deep.equal([
      ...new Array<number>(10).fill(100),
      5,
    ]);
  });

  it('is the same for the same plan, and another one for another seed', () => {
    expect(sent()).to.deep.equal(sent());
    expect(sent({ seed: 8 })).not.to.deep.equal(sent());
  });

  it('tells of each component deployments that begin and end', () => {
    const byComponent = new Map<string, DeploymentRecord[]>();
    for (const record of sent({ events: 5000 }).flat()) {
      byComponent.set(record.Component, [...(byComponent.get(record.Component) ?? []), record]);
    }
    expect(byComponent.size).to.equal(5);
    const states = new Set<string>();
    const environments = new Set<string>();
    for (const [component, all] of byComponent) {
      expect(component).to.match(/^[a-z0-9][a-z0-9.-]*$/);
      for (const [index, { State, Environment, Timestamp }] of all.entries()) {
        const before = all[index - 1];
        expect(Timestamp > (before?.Timestamp ?? '')).to.equal(true);
        if (State === 'succeeded' || State === 'failed')
          expect(before).to.include({ State: 'started', Environment });
        if (State === 'rolled-back') expect(before).to.include({ State: 'succeeded', Environment });
        states.add(State);
        environments.add(Environment);
      }
    }
    expect(states).to.deep.equal(new Set(['started', 'succeeded', 'failed', 'rolled-back']));
    expect(environments).to.deep.equal(new Set(['dev', 'staging', 'production']));
  });

  it('holds the same records in another order if it is shuffled', () => {
    const plain = sent().flat();
    const mixture = sent({ shuffle: true }).flat();
    const times = (all: readonly DeploymentRecord[]) => all.map(({ Timestamp }) => Timestamp);
    expect(times(mixture)).not.to.deep.equal(times(plain));
    expect(keys(mixture)).to.deep.equal(keys(plain));
  });

  it('repeats the share that is asked for', () => {
    const all = keys(sent({ events: 10_000, duplicates: 0.5 }).flat());
    expect(all.length / new Set(all).size).to.be.within(1.4, 1.6);
  });
});
