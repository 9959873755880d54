import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { pipelineClaims, refuseSharedClaims, type Claims } from '../../internal/pipeline/claims.ts';
import { features } from './features.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));

/** All that is run, as text. */
function sources(): string {
  return readdirSync(`${project}internal`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
    .map((file) => readFileSync(`${project}internal/${file}`, 'utf8'))
    .join('\n');
}

describe('the list of features', () => {
  let claims: readonly Claims[];

  before(async () => {
    claims = [
      pipelineClaims,
      ...(await Promise.all(features.map(async ({ claims }) => (await claims?.()) ?? {}))),
    ];
  });

  it('has two of nothing that only one may have', () => {
    refuseSharedClaims(claims);
  });

  it('claims every lock and every kind of problem that is declared somewhere', () => {
    const declared = (type: string) => sources().match(new RegExp(`: ${type} = \\{`, 'g')) ?? [];
    expect(claims.flatMap(({ locks = [] }) => locks)).to.have.length(declared('AdvisoryLock').length);
    const ofFeatures = claims.slice(1).flatMap(({ problems = [] }) => problems);
    expect(ofFeatures).to.have.length(declared('ProblemKind').length);
  });

  it('claims every code of unavailability that is used somewhere', () => {
    const used = [...sources().matchAll(/new UnavailableError\(\s*'([^']+)'/g)].map(([, code]) => code);
    expect(used).to.not.be.empty;
    expect(claims.flatMap(({ unavailable = [] }) => unavailable)).to.include.members(used);
  });

  it('has every problem in the table of docs/operations.md', () => {
    const docs = readFileSync(`${project}docs/operations.md`, 'utf8');
    for (const { code } of claims.flatMap(({ problems = [] }) => problems)) {
      expect(docs).to.include(`\`${code}\``);
    }
  });
});
