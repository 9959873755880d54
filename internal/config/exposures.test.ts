import { expect } from 'chai';

import { readSections } from './config.ts';
import { allowedHosts, exposures, isLoopback } from './exposures.ts';
import { pipelineSections } from './pipeline.ts';

const of = (environment: Record<string, string>) => exposures(readSections(pipelineSections, environment));

describe('what is open to the network', () => {
  it('is nothing where only this machine reaches the service', () => {
    for (const HOST of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) expect(of({ HOST })).to.deep.equal([]);
    expect(of({})).to.deep.equal([]);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'localhost.example.org', '127.0.0.1.example.org']) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });

  it('is any name, where nothing says which are good', () => {
    const hosts = (environment: Record<string, string>) =>
      allowedHosts(readSections(pipelineSections, environment));
    expect(hosts({})).to.deep.equal([]);
    expect(hosts({ HOST: '0.0.0.0' })).to.equal(undefined);
    expect(hosts({ ALLOWED_HOSTS: 'Minikom.test, *.example.org,[::1],10.0.0.1' })).to.deep.equal([
      ...['minikom.test', '*.example.org', '::1', '10.0.0.1'],
    ]);
    expect(hosts({ ALLOWED_HOSTS: '*' })).to.equal(undefined);
    expect(of({ HOST: '0.0.0.0', WRITE_TOKENS: 'the-token-of-agents' }).join()).to.include('ALLOWED_HOSTS');
  });

  it('is each side without tokens elsewhere', () => {
    const HOST = '0.0.0.0';
    const WRITE_TOKENS = 'the-token-of-agents';
    expect(of({ HOST })).to.have.length(3);
    expect(of({ HOST, WRITE_TOKENS, ALLOWED_HOSTS: 'minikom.test' })).to.deep.equal([
      'anybody may read: READ_TOKENS is not set',
    ]);
    expect(of({ HOST, WRITE_TOKENS, READ_TOKENS_FILE: 'file' })).to.deep.equal([]);
  });
});
