import { expect } from 'chai';

import { Follower } from './follower.ts';
import type { LiveMessage } from './message.ts';
import { parseMessage } from './message.ts';
import { ServicesItems } from './services-items.ts';

const issue = { state: 'issue', since: 1 };
const idle = { state: 'idle', since: 2 };

function message(
  type: LiveMessage['type'],
  number: number,
  services: LiveMessage['topics'][string],
): LiveMessage {
  return { type, number, now: 0, readAt: 0, topics: { services, ofTheFuture: [['a', {}]] } };
}

describe('what the page knows', () => {
  it('is the snapshot and each change after it, with the counts of each state', () => {
    const services = new ServicesItems();
    const follower = new Follower({ services });
    expect(follower.take(message('snapshot', 7, [['a', issue], ['__proto__', idle], ['c', issue]]))).to.equal(true); // prettier-ignore
    expect(follower.take(message('change', 8, [['a', idle], ['c', null], ['d', issue]]))).to.equal(true); // prettier-ignore
    const told = services.ids.map((id) => {
      const { name, state, since } = services.at(id);
      return { name, state, since };
    });
    expect(told).to.deep.equal([
      { name: '__proto__', ...idle },
      { name: 'a', ...idle },
      { name: 'd', ...issue },
    ]);
    expect(services.counts).to.deep.equal({ issue: 1, deploy: 0, idle: 2 });
  });

  it('asks for a snapshot where a change is missing, until one came', () => {
    const services = new ServicesItems();
    const follower = new Follower({ services });
    expect(follower.take(message('change', 1, [])), 'before any snapshot').to.equal(false);
    follower.take(message('snapshot', 1, [['a', issue]]));
    expect(follower.take(message('change', 3, [['b', issue]])), 'one is missing').to.equal(false);
    expect(follower.take(message('change', 4, [['c', issue]])), 'and still is').to.equal(false);
    expect(follower.take(message('snapshot', 4, [['z', idle]]))).to.equal(true);
    expect(services.ids.map((id) => services.nameOf(id))).to.deep.equal(['z']);
    expect(services.counts).to.deep.equal({ issue: 0, deploy: 0, idle: 1 });
  });

  it('is not touched by what is no message', () => {
    for (const text of ['null', '{}', '{"type":"hello","number":1,"now":1,"read_at":1,"topics":{}}']) {
      expect(() => parseMessage(text)).to.throw();
    }
  });
});
