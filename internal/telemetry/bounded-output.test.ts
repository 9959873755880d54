import { Writable } from 'node:stream';

import { expect } from 'chai';

import { boundedOutput } from './bounded-output.ts';

describe('the output of the log', () => {
  it('keeps a mebibyte of what is not taken, drops what comes then, and tells how many lines once there is room', () => {
    const taken: string[] = [];
    let take: () => void = () => undefined;
    const stream = new Writable({
      decodeStrings: false,
      write(line: string, _, done) {
        taken.push(line.slice(0, 3));
        take = done;
      },
    });
    const dropped: number[] = [];
    const output = boundedOutput(stream, (lines) => dropped.push(lines));
    const kibibyte = 'x'.repeat(1023);
    for (let line = 0; line < 1040; line++) output.write(`${kibibyte}\n`);
    expect(stream.writableLength).to.equal(1025 * 1024);
    expect(dropped).to.deep.equal([]);
    take();
    output.write('end\n');
    output.write('end\n');
    expect(dropped).to.deep.equal([15]);
  });
});
