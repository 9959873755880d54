import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect } from 'chai';

const run = promisify(execFile);

/** What a process in that time zone writes for these times in UTC. */
async function writtenIn(timeZone: string, times: readonly string[]): Promise<string[]> {
  const module = new URL('instant.js', import.meta.url).href;
  const script = `
    import { formatInstant, parseInstant } from ${JSON.stringify(module)};
    const times = ${JSON.stringify(times)};
    console.log(JSON.stringify(times.map((time) => formatInstant(parseInstant(time)))));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { TZ: timeZone },
  });
  return JSON.parse(stdout) as string[];
}

const cases: readonly (readonly [zone: string, what: string, times: Readonly<Record<string, string>>])[] = [
  ['UTC', 'without an offset', { '2026-07-01T00:00:00Z': '2026-07-01T00:00:00Z' }],
  [
    'Europe/Berlin',
    'before and after the clocks go forward',
    {
      '2026-03-29T00:59:59.9Z': '2026-03-29T01:59:59.9+01:00',
      '2026-03-29T01:00:00Z': '2026-03-29T03:00:00+02:00',
    },
  ],
  [
    'Europe/Berlin',
    'in both of the hours that have the same name',
    {
      '2026-10-25T00:30:00Z': '2026-10-25T02:30:00+02:00',
      '2026-10-25T01:30:00Z': '2026-10-25T02:30:00+01:00',
    },
  ],
  ['America/St_Johns', 'behind by half an hour', { '2026-01-01T00:00:00Z': '2025-12-31T20:30:00-03:30' }],
  ['Asia/Kathmandu', 'ahead by a quarter', { '2026-01-01T00:00:00Z': '2026-01-01T05:45:00+05:45' }],
  [
    'Pacific/Apia',
    'around the day that it left out',
    {
      '2011-12-30T09:59:59Z': '2011-12-29T23:59:59-10:00',
      '2011-12-30T10:00:00Z': '2011-12-31T00:00:00+14:00',
    },
  ],
  [
    'Europe/Berlin',
    'when its offset was 53 minutes and 28 seconds',
    { '1880-01-01T00:00:00Z': '1880-01-01T00:53:00+00:53' },
  ],
];

describe('an instant in the time zone of the process', () => {
  for (const [zone, what, times] of cases) {
    it(`is written in ${zone} ${what}`, async () => {
      expect(await writtenIn(zone, Object.keys(times))).to.deep.equal(Object.values(times));
    });
  }
});
