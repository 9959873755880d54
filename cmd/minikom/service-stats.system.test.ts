import { expect } from 'chai';
import { z } from 'zod';

import { getJson } from './testing/asking.ts';
import { postGoodEvents, tablesOfBulk } from './testing/bulk-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

const DAY = 86_400;
const stats = z.looseObject({
  from: z.int(),
  to: z.int(),
  time_share: z.strictObject({ deploy: z.number(), issue: z.number(), idle: z.number() }),
  intervals: z.strictObject({ deploy: z.int(), issue: z.int() }),
  change_failure_rate: z.number().nullable(),
  rules: z.record(z.string(), z.string()),
  excluded: z.array(z.looseObject({ state: z.string(), reason: z.string() })),
  excluded_count: z.int(),
});

describe('GET /services/:name/stats', () => {
  const service = useService({ tables: tablesOfBulk });
  const path = (query = '', name = 'web') => `/services/${name}/stats${query}`;

  async function ask(query = ''): Promise<z.infer<typeof stats>> {
    return stats.parse(await getJson(service, path(query)));
  }

  /** Reports each second of [start, end). */
  const seen = (state: string, start: number, end: number) =>
    Array.from({ length: end - start }, (_, index) => ({
      ...{ service_name: 'web', state },
      timestamp: start + index,
    }));

  it('tells what the last day came to', async () => {
    const start = NOW - 8000;
    await postGoodEvents(service, [
      ...seen('deploy', start, start + 60),
      ...seen('issue', start + 100, start + 220),
      ...seen('deploy', start + 4000, start + 4060),
    ]);
    const answer = await ask();
    expect(answer).to.deep.include({
      from: NOW + 1 - DAY,
      to: NOW + 1,
      within_seconds: 600,
      time_share: { deploy: 120 / DAY, issue: 120 / DAY, idle: (DAY - 240) / DAY },
      intervals: { deploy: 2, issue: 1 },
      mean_issue_seconds: 120,
      longest_issue_seconds: 120,
      so_far: {
        issues: 1,
        unfinished: 0,
        mean_issue_seconds: 120,
        longest_issue_seconds: 120,
        longest_is_unfinished: false,
      },
      deploys_per_day: 2,
      change_failure_rate: 0.5,
      time_to_restore_seconds: 120,
      excluded: [],
      excluded_count: 0,
    });
    expect(Object.values(answer.rules).join(' ')).to.contain('within_seconds');
    expect((await ask('?within=30')).change_failure_rate).to.equal(0);
  });

  it('tells the same of a span, whatever pages its hours are read in', async () => {
    // One issue an hour, which goes on across the full hour, over sixty days.
    const first = Math.floor((NOW - 60 * DAY) / 3600) * 3600;
    const hours = 60 * 24 - 2;
    const items = Array.from({ length: hours }, (_, hour) =>
      seen('issue', first + (hour + 1) * 3600 - 2, first + (hour + 1) * 3600 + 2),
    ).flat();
    await postGoodEvents(service, items);
    const answer = await ask(`?from=${first}&to=${first + hours * 3600 + 10}`);
    expect(answer.intervals).to.deep.equal({ deploy: 0, issue: hours });
    expect(answer).to.include({ mean_issue_seconds: 4, longest_issue_seconds: 4, excluded_count: 0 });
    // In the middle of one: its part counts for the time, and it is named.
    const middle = await ask(`?from=${first + 3600}&to=${first + 7200}`);
    expect(middle.time_share.issue).to.equal(4 / 3600);
    expect(middle.so_far).to.deep.equal({
      issues: 2,
      unfinished: 2,
      mean_issue_seconds: 2,
      longest_issue_seconds: 2,
      longest_is_unfinished: true,
    });
    expect(middle.excluded).to.deep.equal([
      {
        state: 'issue',
        start_time: first + 3598,
        end_time: first + 3602,
        reason: 'begins before the span',
      },
      {
        state: 'issue',
        start_time: first + 7198,
        end_time: first + 7202,
        reason: 'not over in the span',
      },
    ]);
  });

  it('takes times as RFC 3339, too', async () => {
    await postGoodEvents(service, seen('deploy', NOW - 100, NOW - 90));
    const from = new Date((NOW - 200) * 1000).toISOString();
    expect((await ask(`?from=${from}&to=${NOW - 50}`)).intervals).to.deep.equal({ deploy: 1, issue: 0 });
  });

  it('takes in each second that a span with fractions touches', async () => {
    await postGoodEvents(service, seen('deploy', NOW - 100, NOW - 90));
    const answer = await ask(`?from=${NOW - 99}.75&to=${NOW - 98}.25`);
    expect(answer).to.include({ from: NOW - 99, to: NOW - 97 });
    expect(answer.time_share.deploy).to.equal(1);
  });

  for (const query of [
    'from=yesterday',
    'to=-1',
    'within=1.5',
    'within=86401',
    `from=${NOW + 10}`,
    `from=${NOW - 400 * DAY}`,
    'from=1&from=2',
  ]) {
    it(`refuses ${query} by name`, async () => {
      await postGoodEvents(service, seen('deploy', NOW - 100, NOW - 90));
      const problem = expectProblem(await service.send({ path: path(`?${query}`) }), 400, 'invalid-request');
      expect(problem.errors?.[0]?.field).to.equal(query.split('=')[0]);
    });
  }

  it('knows no service that was never reported', async () => {
    for (const name of ['nobody', '%00', 'a%2Fb']) {
      expectProblem(await service.send({ path: path('', name) }), 404, 'not-found');
    }
  });
});
