import { expect } from 'chai';

import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const emoji = '\u{1f600}';

/** Names that something on the way could trip over. */
const names: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a/b',
  '/',
  '..',
  '.',
  '../../etc/passwd',
  '%',
  '%2F',
  '%zz',
  '%00',
  ' ',
  ' two  blanks ',
  'a?b=c&d#e',
  'a+b',
  'a;b,c',
  'latest-events',
  'services',
  '0',
  '10',
  '-1',
  'null',
  emoji,
  'naïve ☂',
  'nai\u0308ve ☂',
  'ナイーブ',
  'שלום',
  '\u202eright to left',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
  `it's "quoted"`,
  '\\',
  '\\u0000',
  `'; drop table services; --`,
  '$1',
  '{}',
  '<script>alert(1)</script>',
  'a'.repeat(255),
  '☂'.repeat(255),
  emoji.repeat(255),
];

describe('a service may be called', () => {
  const service = useKnownService();

  for (const name of names) {
    const shown = name.length > 40 ? `${name.slice(0, 2)}… (${Array.from(name).length} characters)` : name;
    it(JSON.stringify(shown), async () => {
      const report = { service_name: name, state: 'issue', timestamp: NOW };
      expect((await service.postEvent(report)).status).to.equal(200);

      const entries = Object.entries((await getJson(service, '/services')) as Record<string, unknown>);
      expect(entries).to.have.length(2);
      expect(new Map(entries).get(name)).to.deep.equal({ state: 'issue', since: NOW });

      const events = await getJson(service, `/services/${encodeURIComponent(name)}/latest-events`);
      expect(events).to.deep.equal([{ state: 'issue', start_time: NOW, end_time: null }]);
    });
  }

  it('two names that differ in their Unicode form only, which are two services', async () => {
    await service.postEvent({ service_name: 'na\u00efve', state: 'issue', timestamp: NOW });
    const other = await service.send({
      path: `/services/${encodeURIComponent('nai\u0308ve')}/latest-events`,
    });
    expectProblem(other, 404, 'not-found');
  });
});
