import { expect } from 'chai';

import type { ServiceNow } from '../live/services-items.ts';
import { worstFirst } from './order.ts';

const all: ServiceNow[] = [
  { name: 'slept long', state: 'idle', since: 10 },
  { name: 'b', state: 'issue', since: 50 },
  { name: 'rolls out', state: 'deploy', since: 5 },
  { name: 'just fell asleep', state: 'idle', since: 90 },
  { name: 'broken for long', state: 'issue', since: 20 },
  { name: 'a', state: 'issue', since: 50 },
];

describe('the services', () => {
  it('are in order of how bad it is, and for how long', () => {
    const names = worstFirst(all, { state: undefined, text: '' }).map(({ name }) => name);
    expect(names).to.deep.equal(['broken for long', 'a', 'b', 'rolls out', 'just fell asleep', 'slept long']);
  });

  it('can be those of a state whose names contain a text, large or small', () => {
    expect(worstFirst(all, { state: 'idle', text: 'LONG' }).map(({ name }) => name)).to.deep.equal([
      'slept long',
    ]);
  });
});
