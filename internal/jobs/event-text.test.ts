import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { expect } from 'chai';

import { until } from '../testing/until.ts';
import type { StoredEvent } from './event-pages.ts';
import { asJson, asLines, type EventFormat } from './get-run-events.ts';

const odd = ['{}', '{"a":\n "b\\n☂",\r\n"c":"\\u0000\\ud800"}', '{"q":"\\"\u2028\u007f"}'];

async function textOf(format: EventFormat, ...pages: string[][]): Promise<string> {
  let text = '';
  for await (const piece of format.write(pagesOf(pages))) text += piece;
  return text;
}

async function* pagesOf(pages: string[][]): AsyncGenerator<StoredEvent[]> {
  for (const page of pages) {
    yield await Promise.resolve(page.map((content, index) => ({ generatedMs: index + 0.5, content })));
  }
}

describe('the text of a run', () => {
  it('is valid JSON with no page, one, or many', async () => {
    const events = (contents: string[]) =>
      contents.map((content, index) => ({
        generated_at: index + 0.5,
        message_type: 'spark-event',
        content,
      }));
    expect(await textOf(asJson)).to.equal('{"events":[]}');
    expect(JSON.parse(await textOf(asJson, odd))).to.deep.equal({ events: events(odd) });
    expect(JSON.parse(await textOf(asJson, odd, ['{}'], odd))).to.deep.equal({
      events: [...events(odd), ...events(['{}']), ...events(odd)],
    });
  });

  it('is an event a line as NDJSON, whatever line breaks it came with', async () => {
    expect(await textOf(asLines)).to.equal('');
    const lines = (await textOf(asLines, odd, ['{}'])).split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal(
      [...odd, '{}'].map((content) => JSON.parse(content) as unknown),
    );
    expect(lines[0]).to.equal('{}');
  });

  for (const [name, format] of Object.entries({ asJson, asLines })) {
    it(`is written as fast as it is read, with two pages held at most: ${name}`, async () => {
      const PAGES = 50;
      let read = 0;
      let taken = 0;
      let held = 0;
      let takeNext: (() => void) | undefined;
      async function* pages(): AsyncGenerator<StoredEvent[]> {
        for (; read < PAGES; read++) {
          held = Math.max(held, read - taken);
          yield await Promise.resolve([{ generatedMs: read, content: '{"large":"event"}' }]);
        }
      }
      const slow = new Writable({
        highWaterMark: 1,
        write(_chunk, _encoding, done) {
          takeNext = () => {
            taken++;
            takeNext = undefined;
            done();
          };
        },
      });
      const written = pipeline(format.write(pages()), slow);
      let finished = false;
      void written.then(() => (finished = true));
      await until('all is taken', () => {
        takeNext?.();
        return finished;
      });
      expect(read).to.equal(PAGES);
      expect(held).to.be.at.most(2);
    });
  }
});
