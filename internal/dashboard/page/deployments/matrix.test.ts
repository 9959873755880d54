import { expect } from 'chai';

import { toMatrix } from './matrix.ts';

const record = (Component: string, Environment: string, State: string) => ({
  Component,
  Environment,
  State,
  Timestamp: '2026-01-01T00:00:00Z',
});

describe('the matrix of deployments', () => {
  it('has components by environments, those with something wrong first', () => {
    const { environments, rows } = toMatrix(
      [
        record('api', 'prod', 'succeeded'),
        record('web', 'test', 'failed'),
        record('web', 'prod', 'succeeded'),
      ],
      '',
    );
    expect(environments).to.deep.equal(['prod', 'test']);
    expect(rows.map(({ component }) => component)).to.deep.equal(['web', 'api']);
    expect(rows[0]?.cells.get('test')?.State).to.equal('failed');
  });

  it('has what is wrong in production before what is wrong elsewhere', () => {
    const bad = [
      ['a', 'dev'],
      ['b', 'qa'],
      ['c', 'staging'],
      ['d', 'prod-eu'],
      ['e', 'prod'],
    ] as const;
    const records = bad.map(([component, environment]) => record(component, environment, 'failed'));
    const { rows } = toMatrix([...records, record('0', 'prod', 'succeeded')], '');
    expect(rows.map(({ component }) => component)).to.deep.equal(['d', 'e', 'c', 'a', 'b', '0']);
  });

  it('has environments in the order that a change goes through, then by name', () => {
    const names = ['qa', 'prod-eu', 'dev', 'alpha', 'staging-us', 'prod', 'staging'];
    const { environments } = toMatrix(
      names.map((name) => record('web', name, 'x')),
      '',
    );
    expect(environments).to.deep.equal(['dev', 'staging', 'staging-us', 'prod', 'prod-eu', 'alpha', 'qa']);
  });

  it('has only the components that are searched for', () => {
    expect(toMatrix([record('api', 'prod', 'x'), record('web', 'prod', 'x')], 'WE').rows).to.have.length(1);
  });
});
