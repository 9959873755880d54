import { expect } from 'chai';

import { docExamples, expectDocExample, hasCurl } from '../../internal/testing/doc-examples.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

/** When the page's examples are run, in unix seconds. */
const NOW = 1_700_000_010;

const examples = await docExamples('jobs.md');

describe('the page about Spark jobs', () => {
  let service: TestService | undefined;

  before(async function () {
    if (!(await hasCurl())) this.skip();
    service = await startTestService({ now: () => NOW });
  });

  // Not started where there is no curl.
  after(() => service?.stop());

  it('shows what each request answers', () => {
    expect(examples.length).to.be.at.least(8);
    expect(examples.filter(({ answer }) => answer === undefined)).to.deep.equal([]);
  });

  // In order: each goes on where the one before ended.
  for (const example of examples) {
    it(`is right in line ${example.line}: ${/curl[^\n]*/.exec(example.script)?.[0] ?? ''}`, () =>
      expectDocExample(example, service?.url ?? ''));
  }
});
