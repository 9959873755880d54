import { expect } from 'chai';

import { Hosts } from './hosts.ts';
import { Problem } from './problem.ts';

describe('the names by which the service may be called', () => {
  const hosts = new Hosts(['minikom.test', '10.0.0.7', '2001:db8::7', '*.example.org']);

  const good = [
    [
      'localhost',
      'localhost:8080',
      'LOCALHOST:8080',
      'localhost.',
      '127.0.0.1',
      '127.0.0.1:1',
      '127.8.8.8',
      '[::1]:80',
    ],
    [
      'minikom.test',
      'Minikom.Test:443',
      'minikom.test.:443',
      '10.0.0.7:8080',
      '[2001:db8::7]',
      '[2001:DB8::7]:8080',
    ],
    ['a.example.org', 'a.b.example.org:8080'],
    [undefined],
  ].flat();
  for (const host of good) {
    it(`are such as ${host ?? 'none at all'}`, () => {
      expect(() => hosts.require(host)).to.not.throw();
      expect(() => hosts.require(host), 'again').to.not.throw();
    });
  }

  const bad = [
    [
      'evil.test',
      'minikom.test.evil.test',
      'evil-minikom.test',
      'example.org',
      'evilexample.org',
      '10.0.0.8',
    ],
    [
      'localhost.evil.test',
      '127.0.0.1.evil.test',
      'evil@localhost',
      'localhost:80:80',
      'localhost/',
      '[::1',
      '::1:80',
    ],
    ['127.0.0.1]', '2001:db8::7', '', '*', 'minikom.test, localhost', '0.0.0.0', '[::]'],
  ].flat();
  for (const host of bad) {
    it(`are not such as "${host}"`, () => {
      expect(() => hosts.require(host))
        .to.throw(Problem)
        .with.property('status', 421);
    });
  }

  it('are kept, but not without end', () => {
    const kept = new Hosts([]);
    for (let port = 1; port < 5000; port++) kept.require(`localhost:${port}`);
    expect(kept.known.size).to.be.at.most(1000);
  });
});
