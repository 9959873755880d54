import { expect } from 'chai';

import { docExamples, expectDocExample, hasCurl } from '../../internal/testing/doc-examples.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

/** The pages with examples, and when they are right, in unix seconds. */
const pages = [
  { page: 'services.md', now: 1_700_000_100, atLeast: 5 },
  { page: 'events.md', now: 1_767_323_100, atLeast: 3 },
  { page: 'deployments.md', now: 1_700_000_000, atLeast: 6 },
  { page: 'jobs.md', now: 1_700_000_010, atLeast: 8 },
];

for (const { page, now, atLeast } of pages) {
  const examples = await docExamples(page);

  describe(`the page docs/${page}`, () => {
    let service: TestService | undefined;
    let zone: string | undefined;

    before(async function () {
      if (!(await hasCurl())) this.skip();
      zone = process.env.TZ;
      process.env.TZ = 'UTC';
      service = await startTestService({ now: () => now });
    });

    // Not started where there is no curl.
    after(async () => {
      if (service === undefined) return;
      await service.stop();
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    });

    it('shows what each request answers', () => {
      expect(examples.length).to.be.at.least(atLeast);
      expect(examples.filter(({ answer }) => answer === undefined)).to.deep.equal([]);
    });

    // In order: each goes on where the one before ended.
    for (const example of examples) {
      it(`is right in line ${example.line}: ${/curl[^\n]*/.exec(example.script)?.[0] ?? ''}`, () =>
        expectDocExample(example, service?.url ?? ''));
    }
  });
}
