import { expect } from 'chai';
import fc from 'fast-check';

import { badgeSvg } from './badge.ts';
import { escapeXml, shorten } from './svg-text.ts';
import { timelineSvg } from './timeline-svg.ts';
import type { CutInterval } from './timelines.ts';

const NOW = 1_700_000_000;

/** Fails for what is not well-formed: a tag that is not closed, an attribute that breaks out, a bare ampersand. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/g,
    (_, end, name: string, __, empty) => {
      if (end !== '') expect(open.pop()).to.equal(name);
      else if (empty === '') open.push(name);
      return '';
    },
  );
  expect(open).to.deep.equal([]);
  expect(rest).not.to.match(/[<>]|&(?!(amp|lt|gt|quot|apos|#39);)/);
  expect(svg).not.to.match(/[\p{Cc}\uFFFE\uFFFF]/u);
}

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 });

describe('a badge', () => {
  it('says what, which state and since when', () => {
    const svg = badgeSvg({ label: 'web', state: 'issue', since: NOW - 60, now: NOW });
    expect(svg).to.include('<title>web: ▲ issue since 22:12 UTC</title>');
    expect(svg).to.include('>▲ issue since 22:12 UTC</text>');
    expect(badgeSvg({ label: 'web', state: 'idle', since: NOW - 86_400, now: NOW })).to.include(
      'idle since 2023-11-13',
    );
  });

  it('is well-formed and of bounded width, whatever a service is called', () => {
    fc.assert(
      fc.property(anyName, (label) => {
        const svg = badgeSvg({ label, state: 'idle', since: 0, now: NOW });
        expectWellFormed(svg);
        expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).to.be.below(800);
      }),
    );
  });

  it('keeps the beginning and end of a long name, and no half of a character', () => {
    expect(shorten('abcdefghij', 5)).to.equal('ab…ij');
    expect(shorten('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 2)).to.equal('👩‍👩‍👧…');
    expect(escapeXml('<&"\'>\uFFFF')).to.equal('&lt;&amp;&quot;&#39;&gt;\uFFFD');
  });
});

describe('a picture of a timeline', () => {
  const picture = { from: NOW - 3600, to: NOW, provisionalSeconds: 11, width: 600, theme: 'auto' } as const;

  it('is proportional to time, and shows the worst within a pixel', () => {
    const intervals: CutInterval[] = [
      { state: 'deploy', start: NOW - 1800, end: NOW - 1200 },
      { state: 'issue', start: NOW - 1201, end: NOW - 1200 },
      { state: 'issue', start: NOW - 60, end: null },
    ];
    const svg = timelineSvg({ ...picture, serviceName: 'web', intervals });
    const rects = [...svg.matchAll(/class="(issue|deploy|idle)" x="(\d+)" y="\d+" width="(\d+)"/g)].map(
      ([, ...rect]) => rect.join(' '),
    );
    expect(rects).to.deep.equal([
      'idle 0 300',
      'deploy 300 99',
      'issue 399 1',
      'idle 400 190',
      'issue 590 10',
    ]);
    expect(svg).to.include(
      'web from 2023-11-14 21:13 to 2023-11-14 22:13 UTC: 2 issues, 1.7 % of the time in issue',
    );
  });

  it('is well-formed and bounded in size, whatever the name and however much happened', () => {
    const intervals = Array.from({ length: 1800 }, (_, index): CutInterval => ({
      state: index % 2 === 0 ? 'issue' : 'deploy',
      start: NOW - 3600 + 2 * index,
      end: NOW - 3600 + 2 * index + 1,
    }));
    fc.assert(
      fc.property(anyName, fc.integer({ min: 200, max: 1200 }), (serviceName, width) => {
        const svg = timelineSvg({ ...picture, serviceName, intervals, width });
        expectWellFormed(svg);
        expect(svg.length).to.be.below(200_000);
      }),
      { numRuns: 30 },
    );
  });
});
