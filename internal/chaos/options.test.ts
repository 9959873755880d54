import { expect } from 'chai';

import { faults } from './faults/faults.ts';
import { parseOptions } from './options.ts';

describe('the arguments of chaos', () => {
  it('ask for all faults but those of a cluster, three times each, unless they say otherwise', () => {
    expect(parseOptions([], 5)).to.deep.include({
      kind: 'run',
      options: {
        faults: faults.filter(({ needs }) => needs.isCluster !== true),
        servers: [],
        isList: false,
        seed: 5,
        mostRounds: 3,
        minutes: 600,
        flushTimeoutMs: 5000,
        slackMs: 0,
        isShort: false,
      },
    });
  });

  it('name some faults, for how long and with which seed', () => {
    const asked = parseOptions(['--only', 'kill,lock', '--minutes', '2', '--seed', '9'], 5);
    expect(asked).to.have.nested.property('options.minutes', 2);
    expect(asked).to.have.nested.property('options.mostRounds', Infinity);
    expect(asked).to.have.nested.property('options.seed', 9);
    expect(asked).to.have.nested.property('options.faults.length', 2);
  });

  it('are bad if they name a fault that there is not', () => {
    expect(parseOptions(['--only', 'kill,luck'], 5)).to.deep.equal({
      kind: 'bad',
      problems: ['there is no fault "luck"'],
    });
  });

  it('give the servers of a cluster, which its faults need', () => {
    const servers = ['postgres://coordinator/postgres', 'postgres://node/postgres'];
    const asked = parseOptions(['--cluster', servers.join()], 5);
    expect(asked).to.have.deep.nested.property('options.servers', servers);
    expect(asked).to.have.deep.nested.property('options.faults', faults);
    expect(parseOptions(['--only', 'node-kill'], 5)).to.deep.equal({
      kind: 'bad',
      problems: ['node-kill needs --cluster'],
    });
    expect(parseOptions(['--cluster', 'postgres://coordinator/postgres'], 5)).to.have.property('kind', 'bad');
    expect(parseOptions(['--only', 'node-kill', '--list'], 5)).to.have.property('kind', 'run');
  });

  it('give each fault a name of its own', () => {
    expect(new Set(faults.map(({ name }) => name))).to.have.property('size', faults.length);
  });
});
