import { expect } from 'chai';

import { ServicesItems, type RecentIssues } from './services-items.ts';

const SINCE = 1_700_000_000;

const mostOf = (service_name: string) => ({ service_name, issues: 3600, issue_seconds: 3600 });

describe('what the last hour was like for services', () => {
  let services: ServicesItems;

  beforeEach(() => {
    services = new ServicesItems();
    for (const name of ['a', 'b']) services.set(name, { state: 'issue', since: SINCE });
  });

  const recentOf = (name: string): RecentIssues | undefined => {
    const service = services.get(name);
    return service && { issues: service.issues, issueSeconds: service.issueSeconds };
  };
  const none = { issues: 0, issueSeconds: 0 };
  const most = { issues: 3600, issueSeconds: 3600 };

  it('is none until it is told', () => {
    expect(recentOf('a')).to.deep.equal(none);
  });

  it('is as it was told last; of whom nothing is told has no issue any more', () => {
    const { version } = services;
    services.takeRecent([mostOf('a'), mostOf('never heard of')]);
    expect([recentOf('a'), recentOf('b')]).to.deep.equal([most, none]);
    expect(services.version, 'a change').to.be.above(version);
    services.takeRecent([{ service_name: 'b', issues: 1, issue_seconds: 0 }]);
    expect([recentOf('a'), recentOf('b')]).to.deep.equal([none, { issues: 1, issueSeconds: 0 }]);
    expect(services.ids.map((id) => services.nameOf(id))).to.deep.equal(['a', 'b']);
  });

  it('stays while states change, and when all is told anew', () => {
    services.takeRecent([mostOf('a')]);
    services.set('a', { state: 'idle', since: SINCE + 10 });
    expect(services.get('a')).to.include({ state: 'idle', since: SINCE + 10, ...most });
    services.replace([['a', { state: 'deploy', since: SINCE + 20 }]]);
    expect(services.get('a')).to.include({ state: 'deploy', since: SINCE + 20, ...most });
  });

  it('is of whoever has the name, in whatever order they come and go', () => {
    const names = ['m', 'c', 'z', 'ä', 'd', ''];
    for (const [issueSeconds, name] of names.entries()) {
      services.set(name, { state: 'deploy', since: SINCE });
      services.takeRecent([...names.keys()].map((each) => ({ ...mostOf(names[each] ?? ''), issues: each })));
      expect(recentOf(name)?.issues).to.equal(issueSeconds);
    }
    const { membersVersion } = services;
    services.set('c', { state: 'idle', since: SINCE + 1 });
    expect(services.membersVersion, 'the same ones').to.equal(membersVersion);
    services.delete('d');
    services.delete('never heard of');
    expect(services.membersVersion, 'one less').to.equal(membersVersion + 1);
    expect(services.ids.map((id) => services.nameOf(id))).to.deep.equal(['', 'a', 'b', 'c', 'm', 'z', 'ä']);
    expect(services.counts).to.deep.equal({ issue: 2, deploy: 4, idle: 1 });
    expect([services.get('c')?.state, services.get('d')]).to.deep.equal(['idle', undefined]);
  });
});

describe('the numbers of services', () => {
  it('stay their own while others come and go, and are not given to who comes next: a row that is held stays the same', () => {
    const services = new ServicesItems();
    const names = Array.from({ length: 1000 }, (_, index) => `service ${index}`);
    const told = names.map((name, index): [string, unknown] => [
      name,
      { state: 'issue', since: SINCE + index },
    ]);
    services.replace(told.slice(0, 600));
    for (const [name, item] of told.slice(600)) services.set(name, item);
    services.takeRecent(names.map((service_name) => ({ service_name, issues: 2, issue_seconds: 3 })));
    const ids = names.map((name) => services.idOf(name));
    expect(new Set(ids)).to.have.property('size', 1000);

    services.delete('service 5');
    services.replace(told.slice(500));
    expect(services.ids.map((id) => services.at(id))).to.deep.equal(
      told
        .slice(500)
        .map(([name], index) => ({
          ...{ name, state: 'issue', since: SINCE + 500 + index, issues: 2, issueSeconds: 3 },
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(names.slice(500).map((name) => services.idOf(name))).to.deep.equal(ids.slice(500));
    const gone = ids.slice(0, 500);
    expect(gone.some((id) => services.isThere(id ?? NaN))).to.equal(false);

    services.set('new', { state: 'idle', since: SINCE });
    expect(ids).to.not.include(services.idOf('new'));
    const { name, ...rest } = services.at(services.idOf('new') ?? NaN);
    expect([name, rest]).to.deep.equal(['new', { state: 'idle', since: SINCE, issues: 0, issueSeconds: 0 }]);
    expect(services.counts).to.deep.equal({ issue: 500, deploy: 0, idle: 1 });
  });

  it('are given again once thousands are gone, so that a page that is left open for months does not grow', () => {
    const services = new ServicesItems();
    const seen = new Set<number | undefined>();
    for (let come = 0; come < 20_000; come++) {
      services.set(`run ${come}`, { state: 'issue', since: SINCE });
      services.takeRecent([mostOf(`run ${come}`)]);
      seen.add(services.idOf(`run ${come}`));
      services.delete(`run ${come}`);
    }
    expect(seen.size).to.be.below(5000);
    services.set('new', { state: 'idle', since: SINCE });
    expect(services.get('new')).to.deep.equal({
      ...{ name: 'new', state: 'idle', since: SINCE, issues: 0, issueSeconds: 0 },
    });
  });
});
