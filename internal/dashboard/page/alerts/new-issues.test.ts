import { expect } from 'chai';

import { ServicesItems, type State } from '../live/services-items.ts';
import { NewIssues } from './new-issues.ts';

describe('who is told of in the browser', () => {
  const of = (states: Record<string, State>) => {
    const services = new ServicesItems();
    services.replace(Object.entries(states).map(([name, state]) => [name, { state, since: 0 }]));
    return services;
  };

  it('is what got into issue since the last look, and nothing that was in issue when the page was opened', () => {
    const issues = new NewIssues();
    expect(issues.look(of({ a: 'issue', b: 'idle' }))).to.deep.equal([]);
    expect(issues.look(of({ a: 'issue', b: 'issue', c: 'deploy' }))).to.deep.equal(['b']);
    expect(issues.look(of({ a: 'issue', b: 'issue' }))).to.deep.equal([]);
    expect(issues.look(of({ a: 'idle', b: 'issue' }))).to.deep.equal([]);
    expect(issues.look(of({ a: 'issue', b: 'issue' }))).to.deep.equal(['a']);
    issues.forget();
    expect(issues.look(of({ a: 'issue', b: 'issue', d: 'issue' }))).to.deep.equal([]);
  });
});
