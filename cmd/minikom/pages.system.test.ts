import { expect } from 'chai';

import { startTarget, type FlakyTarget } from '../../internal/fantastic/server.ts';
import { allPages, docExamples, expectDocExample, hasCurl } from '../../internal/testing/doc-examples.ts';
import { until } from '../../internal/testing/until.ts';
import { getChecks } from './testing/check-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

interface Page {
  readonly page: string;
  /** When its examples are right, in unix seconds. */
  readonly now: number;
  readonly atLeast: number;
  /** What is checked, if the examples need that: targets and how many percent of their answers are failures. */
  readonly targets?: Readonly<Record<string, number>>;
}

const pages: readonly Page[] = [
  { page: 'docs/agents.md', now: 1_700_000_005, atLeast: 2 },
  { page: 'docs/services.md', now: 1_700_000_100, atLeast: 5 },
  { page: 'docs/events.md', now: 1_767_323_100, atLeast: 3 },
  { page: 'docs/deployments.md', now: 1_700_000_000, atLeast: 6 },
  { page: 'docs/jobs.md', now: 1_700_000_010, atLeast: 8 },
  { page: 'docs/notifications.md', now: 1_796_040_000, atLeast: 1 },
  // By a clock that stands still each target is checked once: its other checks are of the same time, and so the same.
  { page: 'docs/checks.md', now: 1_700_000_000, atLeast: 5, targets: { web: 0, shop: 100 } },
];

for (const { page, now, atLeast, targets = {} } of pages) {
  const examples = await docExamples(page);

  describe(`the page ${page}`, () => {
    let service: TestService | undefined;
    let zone: string | undefined;
    const started: FlakyTarget[] = [];

    before(async function () {
      if (!(await hasCurl())) this.skip();
      zone = process.env.TZ;
      process.env.TZ = 'UTC';
      for (const failurePercent of Object.values(targets)) {
        const flakiness = { failurePercent, hangPercent: 0, resetPercent: 0 };
        const options = { ...flakiness, host: '127.0.0.1', port: 0, latencyMs: 0 };
        started.push(await startTarget(options, Math.random));
      }
      const list = Object.keys(targets).map((name, index) => `${name}=${started[index]?.url ?? ''}`);
      const asked = (service = await startTestService({
        now: () => now,
        environment: { CHECK_TARGETS: list.join(',') },
      }));
      await until('each target is checked', async () => (await getChecks(asked)).length === list.length);
    });

    // Not started where there is no curl.
    after(async () => {
      if (service === undefined) return;
      await service.stop();
      for (const target of started) await target.stop();
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

describe('the commands of all other pages', () => {
  it('are marked as not run', async () => {
    const others = (await allPages()).filter((path) => !pages.some(({ page }) => page === path));
    expect(others).to.include('README.md').and.to.include('docs/operations.md');
    for (const page of others) {
      expect(
        (await docExamples(page)).map(({ line }) => line),
        page,
      ).to.deep.equal([]);
    }
  });
});
