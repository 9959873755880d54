import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory } from '../../internal/testing/arbitrary-reports.ts';
import { getJson } from './testing/asking.ts';
import { postReports } from './testing/report-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

interface Interval {
  readonly state: 'deploy' | 'issue';
  readonly start_time: number;
  readonly end_time: number | null;
}

interface Step {
  readonly start_time: number;
  readonly deploy_seconds: number;
  readonly issue_seconds: number;
  readonly deploys: number;
  readonly issues: number;
}

interface Answer {
  readonly from: number;
  readonly to: number;
  readonly step?: number;
  readonly timelines: readonly {
    readonly service_name: string;
    readonly intervals?: readonly Interval[];
    readonly steps?: readonly Step[];
  }[];
}

/** What the intervals of a plain timeline come to in steps. */
function stepsOf(intervals: readonly Interval[], { from, to }: Answer, step: number): Step[] {
  const steps: Step[] = [];
  for (let start = from; start < to; start += step) {
    const end = Math.min(to, start + step);
    const within = (state: string) =>
      intervals
        .filter((each) => each.state === state)
        .map((each) => Math.min(each.end_time ?? NaN, end) - Math.max(each.start_time, start))
        .filter((seconds) => !(seconds <= 0))
        .reduce((sum, seconds) => sum + seconds, 0);
    const begun = (state: string) =>
      intervals.filter((each) => each.state === state && each.start_time >= start && each.start_time < end)
        .length;
    const [deploy_seconds, issue_seconds] = [within('deploy'), within('issue')];
    if (deploy_seconds + issue_seconds === 0) continue;
    const [deploys, issues] = [begun('deploy'), begun('issue')];
    steps.push({ start_time: start, deploy_seconds, issue_seconds, deploys, issues });
  }
  return steps;
}

describe('GET /timelines in steps', () => {
  const service = useService();
  const ask = async (query: string) => (await getJson(service, `/timelines?${query}`)) as Answer;

  it('tells what the plain timeline comes to, whatever the histories, the span and the steps', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryHistory, { minLength: 1, maxLength: 3 }),
        fc.record({ first: fc.nat(), second: fc.nat(), shift: fc.integer({ min: -5, max: 5 }) }),
        fc.integer({ min: 1, max: 9000 }),
        async (histories, edges, seconds) => {
          run++;
          const reports = histories.flatMap((history, index) =>
            history.map(({ state, timestamp }) => ({
              service_name: `service ${run} ${index}`,
              state,
              timestamp,
            })),
          );
          const past = reports.filter(({ timestamp }) => timestamp < NOW - 100);
          if (past.length === 0) return;
          await postReports(service.url, past, 6);
          const times = past.map(({ timestamp }) => Math.floor(timestamp)).sort((a, b) => a - b);
          const edge = (number: number) => Math.max(0, (times[number % times.length] ?? 0) + edges.shift);
          const from = Math.min(edge(edges.first), edge(edges.second));
          const to = Math.min(from + 2400 * 3600, Math.max(edge(edges.first), edge(edges.second)) + 1);
          const names = histories.map((_, index) => `service=service+${run}+${index}`).join('&');
          const step = Math.max(seconds, Math.ceil((4 * (to - from)) / 10_000));
          const query = `${names}&service=nobody&from=${from}&to=${to}`;
          const [plain, inSteps, few] = [
            await ask(query),
            await ask(`${query}&step=${step}`),
            await ask(`${query}&step=${step}&max_intervals=3`),
          ];
          expect(inSteps.step).to.equal(step);
          const expected = plain.timelines.map(({ service_name, intervals = [] }) => ({
            ...{ service_name, steps: stepsOf(intervals, plain, step) },
          }));
          expect(inSteps.timelines).to.deep.equal(expected);
          expect(few.timelines).to.deep.equal(
            plain.timelines.map((timeline, index) =>
              (timeline.intervals ?? []).length <= 3 ? timeline : expected[index],
            ),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts what is ongoing up to the last second that was seen', async () => {
    await postReports(
      service.url,
      [-7, -6, -1, 0].map((shift) => ({
        service_name: 'on',
        state: 'issue' as const,
        timestamp: NOW + shift,
      })),
      2,
    );
    const { timelines } = await ask(`service=on&from=${NOW - 10}&step=10`);
    const [seen, last] = [
      { start_time: NOW - 10, deploy_seconds: 0, issue_seconds: 3, deploys: 0, issues: 2 },
      { start_time: NOW, deploy_seconds: 0, issue_seconds: 1, deploys: 0, issues: 0 },
    ];
    expect(timelines).to.deep.equal([{ service_name: 'on', steps: [seen, last] }]);
    const exact = await ask(`service=on&from=${NOW - 10}&step=10&max_intervals=2`);
    expect(exact.timelines[0]?.intervals?.at(-1)).to.deep.equal({
      ...{ state: 'issue', start_time: NOW - 1, end_time: null },
    });
  });

  for (const [fault, query, field] of [
    [
      'more steps than all services may have',
      `service=a&service=b&from=${NOW - 11_002}&to=${NOW}&step=2`,
      'step',
    ],
    ['steps of nothing', 'service=a&step=0', 'step'],
    ['a fraction of a second', 'service=a&step=0.5', 'step'],
    ['intervals up to a number without steps', 'service=a&max_intervals=5', 'max_intervals'],
    [
      'more intervals than all services may have',
      'service=a&service=b&step=60&max_intervals=6000',
      'max_intervals',
    ],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      const answer = await service.send({ path: `/timelines?${query}` });
      expect(expectProblem(answer, 400, 'invalid-request').errors?.[0]?.field).to.equal(field);
    });
  }

  it('tells as many steps as all services may have', async () => {
    const { timelines } = await ask(`service=a&service=b&from=${NOW - 11_000}&to=${NOW}&step=2`);
    expect(timelines.map(({ steps }) => steps)).to.deep.equal([[], []]);
  });
});
