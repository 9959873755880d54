import { Writable } from 'node:stream';

import { expect } from 'chai';

import { boundedOutput, type Output } from './bounded-output.ts';

describe('the output of the log', () => {
  let taken: string[];
  let take: () => void;
  let dropped: number[];
  let output: Output;

  beforeEach(() => {
    taken = [];
    dropped = [];
    const stream = new Writable({
      decodeStrings: false,
      write(line: string, _, done) {
        taken.push(line);
        take = done;
      },
    });
    output = boundedOutput(stream, (lines) => dropped.push(lines));
  });

  it('keeps a mebibyte of what is not taken, drops what comes then, and tells how many lines once there is room', () => {
    const kibibyte = `${'x'.repeat(1023)}\n`;
    for (let line = 0; line < 1040; line++) output.write(kibibyte);
    expect(dropped).to.deep.equal([]);
    take();
    output.write('end\n');
    expect(dropped).to.deep.equal([1040 - 1026]);
  });

  it('gives a line on when the one before is taken, in order', () => {
    for (const line of ['a', 'b', 'c']) output.write(line);
    expect(taken).to.deep.equal(['a']);
    take();
    expect(taken).to.deep.equal(['a', 'b']);
    take();
    take();
    output.write('d');
    expect(taken).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('is flushed when all that came before is taken', () => {
    const flushed: string[] = [];
    output.flush(() => flushed.push('nothing'));
    output.write('a');
    output.write('b');
    output.flush(() => flushed.push('all'));
    take();
    expect(flushed).to.deep.equal(['nothing']);
    take();
    expect(flushed).to.deep.equal(['nothing', 'all']);
  });
});
