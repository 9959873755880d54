import { expect } from 'chai';

import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const good = { service_name: 'web', state: 'deploy', timestamp: NOW };
const emoji = '\u{1f600}';

/** A body that is JSON, but not a report: [what it is, body, the fields at fault, what the message says]. */
type Case = readonly [what: string, body: unknown, fields: readonly string[], message: RegExp];

const withName = (name: unknown) => ({ ...good, service_name: name });
const withTimestamp = (timestamp: unknown) => ({ ...good, timestamp });
/** JSON text that no JavaScript value would be written as. */
const rawName = (json: string) => `{"service_name":${json},"state":"deploy","timestamp":${NOW}}`;
const rawTimestamp = (json: string) => `{"service_name":"web","state":"deploy","timestamp":${json}}`;

const cases: readonly Case[] = [
  ['an array', [good], [''], /must be a JSON object/],
  ['null', 'null', [''], /must be a JSON object/],
  ['a number', '17', [''], /must be a JSON object/],
  ['a string', '"web"', [''], /must be a JSON object/],
  ['true', 'true', [''], /must be a JSON object/],
  ['an empty object', {}, ['service_name', 'state', 'timestamp'], /must be a string/],
  ['no service_name', { state: 'deploy', timestamp: NOW }, ['service_name'], /must be a string/],
  ['no state', { service_name: 'web', timestamp: NOW }, ['state'], /"deploy" or "issue"/],
  ['no timestamp', { service_name: 'web', state: 'deploy' }, ['timestamp'], /must be a number/],
  ['every field wrong', { service_name: 1, state: 2, timestamp: '3' }, Object.keys(good), /must be/],
  ['a numeric name', withName(5), ['service_name'], /must be a string/],
  ['a null name', withName(null), ['service_name'], /must be a string/],
  ['a name that is an object', withName({ a: 1 }), ['service_name'], /must be a string/],
  ['a name that is an array', withName(['web']), ['service_name'], /must be a string/],
  ['an empty name', withName(''), ['service_name'], /must not be empty/],
  ['a name of 256 characters', withName('a'.repeat(256)), ['service_name'], /at most 255 characters/],
  ['a name of 256 emoji', withName(emoji.repeat(256)), ['service_name'], /at most 255 characters/],
  ['a name of a million characters', withName('a'.repeat(1e6)), ['service_name'], /at most 255 characters/],
  ['NUL in the name', withName('a\0b'), ['service_name'], /control characters/],
  ['a line break in the name', withName('a\nb'), ['service_name'], /control characters/],
  ['an escape sequence in the name', withName('\x1b[31mred'), ['service_name'], /control characters/],
  ['U+007F in the name', withName('a\x7f'), ['service_name'], /control characters/],
  ['U+0085 in the name', withName('a\x85'), ['service_name'], /control characters/],
  ['a lone high surrogate', rawName('"a\\ud83d"'), ['service_name'], /lone surrogates/],
  ['a lone low surrogate', rawName('"\\ude00a"'), ['service_name'], /lone surrogates/],
  ['surrogates the wrong way round', rawName('"\\ude00\\ud83d"'), ['service_name'], /lone surrogates/],
  ['the state idle', { ...good, state: 'idle' }, ['state'], /"deploy" or "issue"/],
  ['a state in capitals', { ...good, state: 'DEPLOY' }, ['state'], /"deploy" or "issue"/],
  ['a null state', { ...good, state: null }, ['state'], /"deploy" or "issue"/],
  ['a state that is an array', { ...good, state: ['deploy'] }, ['state'], /"deploy" or "issue"/],
  ['a timestamp that is text', withTimestamp(String(NOW)), ['timestamp'], /must be a number/],
  ['a null timestamp', withTimestamp(null), ['timestamp'], /must be a number/],
  ['a boolean timestamp', withTimestamp(true), ['timestamp'], /must be a number/],
  ['a negative timestamp', withTimestamp(-1), ['timestamp'], /must not be negative/],
  ['a timestamp just below 0', rawTimestamp('-1e-300'), ['timestamp'], /must not be negative/],
  ['a timestamp of 1e400', rawTimestamp('1e400'), ['timestamp'], /must be finite/],
  ['a timestamp of -1e400', rawTimestamp('-1e400'), ['timestamp'], /must be finite/],
  ['a timestamp of 400 digits', rawTimestamp('9'.repeat(400)), ['timestamp'], /must be finite/],
  ['a huge timestamp', rawTimestamp('1e308'), ['timestamp'], /at most 60 seconds ahead/],
  ['a timestamp past 2^53', rawTimestamp('9007199254740993'), ['timestamp'], /at most 60 seconds ahead/],
  ['milliseconds', withTimestamp(NOW * 1000), ['timestamp'], /can only be milliseconds/],
  ['a timestamp just too far ahead', withTimestamp(NOW + 60.5), ['timestamp'], /at most 60 seconds ahead/],
];

describe('POST /event refuses what is no report', () => {
  const service = useKnownService();

  for (const [what, body, fields, message] of cases) {
    it(what, async () => {
      const problem = expectProblem(await service.postEvent(body), 400, 'invalid-request');
      expect(problem.errors?.map(({ field }) => field)).to.deep.equal(fields);
      expect(problem.errors?.[0]?.message).to.match(message);
      expect(problem.detail).to.match(message);
      await service.expectUntouched();
    });
  }

  it('a second ahead of the limit only until the clock gets there', async () => {
    const early = withTimestamp(NOW + 61);
    expect((await service.postEvent(early)).status).to.equal(400);
    service.nowSeconds = NOW + 1;
    expect((await service.postEvent(early)).status).to.equal(200);
  });
});
