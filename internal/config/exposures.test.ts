import { expect } from 'chai';

import { readSections } from './config.ts';
import { exposures, isLoopback } from './exposures.ts';
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

  it('is each side without tokens elsewhere', () => {
    const HOST = '0.0.0.0';
    const WRITE_TOKENS = 'the-token-of-agents';
    expect(of({ HOST })).to.have.length(2);
    expect(of({ HOST, WRITE_TOKENS })).to.deep.equal(['anybody may read: READ_TOKENS is not set']);
    expect(of({ HOST, WRITE_TOKENS, READ_TOKENS_FILE: 'file' })).to.deep.equal([]);
  });
});
