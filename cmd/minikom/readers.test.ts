import { expect } from 'chai';

import { recordParser } from '../../internal/deployments/record-parser.ts';
import { eventParser } from '../../internal/events/parse.ts';
import { Problem } from '../../internal/frontdoor/problem.ts';
import { payloadParser } from '../../internal/jobs/parse-payload.ts';
import { bulkReports } from '../../internal/services/bulk/bulk-reports.ts';
import { reportParser } from '../../internal/services/reports/post-event.ts';
import { document, schemaFault } from './testing/documented-answers.ts';

// No time is in its future: of clocks a schema knows nothing.
const clock = { nowSeconds: 1e14, maxFutureSeconds: 60 };
const bulk = { ...clock, format: 'array', maxEvents: 9, batchSize: 9, shards: 2 } as const;
const readers: Readonly<Record<string, (body: Buffer) => unknown>> = {
  '/event': (body) => reportParser.parse(body, clock),
  '/events': (body) => eventParser(bulkReports()).parse(body, bulk),
  '/records': (body) => recordParser.parse(body, { maxRecords: 9 }),
  '/collect': (body) => payloadParser.parse(body, { maxMessages: 9 }),
};

const values: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    1,
    -1,
    1.5,
    1e9,
    [],
    {},
    [[]],
    [{}],
    '',
    ' ',
    'x',
    'A',
    'deploy',
    'prod-eu',
    'a.b-c',
    'a--b',
  ],
  ...[
    'deploy',
    'issue',
    'idle',
    'heartbeat',
    'naïve ☂',
    'a/b',
    '__proto__',
    'a\nb',
    'a\0b',
    '\x7f',
    '\x85',
    '\ud800',
  ],
  ...['x'.repeat(255), 'x'.repeat(256), '☂'.repeat(255), '😀'.repeat(255), '😀'.repeat(256)],
  ...[
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.123456789+01:00',
    '2026-01-02',
    '2026-13-02T03:04:05Z',
    '1700000000',
  ],
];

/** The value with everything in it, one after the other, left out or replaced; what `content` may be no schema can say. */
function* mutationsOf(value: unknown): Generator {
  yield* values;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    if (key === 'content') continue;
    const mutate = (change: (part: Record<string, unknown>) => void) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      change(copy);
      return copy;
    };
    if (!Array.isArray(value)) {
      yield mutate((copy) => Reflect.deleteProperty(copy, key));
      yield mutate((copy) => (copy[`${key} more`] = copy[key]));
    }
    for (const mutated of mutationsOf(Reflect.get(value, key))) yield mutate((copy) => (copy[key] = mutated));
  }
}

describe('what is read by hand, for speed', () => {
  for (const [path, read] of Object.entries(readers)) {
    it(`takes in POST ${path} exactly what the document's schema takes`, () => {
      const { schema, example } =
        document.paths[path]?.post?.requestBody?.content['application/json'] ?? expect.fail('no body');
      const verdicts = { taken: 0, refused: 0 };
      for (const body of [example, ...mutationsOf(example)]) {
        let refusal: string | undefined;
        try {
          read(Buffer.from(JSON.stringify(body)));
          verdicts.taken++;
        } catch (error) {
          if (!(error instanceof Problem) || error.status !== 400) throw error;
          refusal = error.message;
          verdicts.refused++;
        }
        const fault = schemaFault(schema, body, 'body');
        expect(fault === undefined, `${JSON.stringify(body)}: ${fault ?? ''} / ${refusal ?? ''}`).to.equal(
          refusal === undefined,
        );
      }
      expect(verdicts.taken).to.be.above(10);
      expect(verdicts.refused).to.be.above(50);
    });
  }
});
