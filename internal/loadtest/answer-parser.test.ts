import { expect } from 'chai';

import { AnswerParser, type Answer } from './answer-parser.ts';

type Parsed = Answer | 'malformed' | undefined;

/** What comes of these bytes, cut into pieces of the given size. */
function parse(text: string, pieceBytes = Infinity): Parsed {
  const parser = new AnswerParser();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const parsed = parser.push(bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)));
    if (parsed !== undefined) return parsed;
  }
  return parser.end();
}

function bodyOf(parsed: Parsed): string {
  return typeof parsed === 'object' ? parsed.body.toString() : String(parsed);
}

const answers = {
  'no body': ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
  'a length': ['HTTP/1.1 200 OK\r\nX: y\r\ncontent-length:5  \r\n\r\nhello', 'hello'],
  chunks: [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, world...\r\n0\r\n\r\n',
    'hello, world...',
  ],
  trailers: ['HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n', 'a'],
  'an end': ['HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello', 'hello'],
  'an interim answer before it': [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'ok',
  ],
  'nothing, because of its status': ['HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n', ''],
} as const;

describe('the parser of answers', () => {
  for (const [name, [text, body]] of Object.entries(answers)) {
    it(`reads an answer with ${name}, in pieces of any size`, () => {
      for (let bytes = 1; bytes <= text.length; bytes++) {
        expect(bodyOf(parse(text, bytes)), `pieces of ${bytes}`).to.equal(body);
      }
    });
  }

  it('says what the answer says', () => {
    expect(
      parse('HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 1\r\n\r\n!'),
    ).to.deep.equal({ status: 503, isKept: false, retryAfter: '7', body: Buffer.from('!') });
    expect(parse('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n')).to.include({ isKept: false });
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).to.include({ isKept: true });
  });

  it('reads one answer after another', () => {
    const parser = new AnswerParser();
    for (const [text, body] of [answers.chunks, answers['a length'], answers['no body']]) {
      expect(bodyOf(parser.push(Buffer.from(text)))).to.equal(body);
    }
  });

  it('keeps no bytes of the buffer that it was given', () => {
    const parser = new AnswerParser();
    const buffer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
    parser.push(buffer);
    buffer.fill('x');
    expect(bodyOf(parser.push(Buffer.from('b')))).to.equal('ab');
  });

  it('calls anything else malformed', () => {
    const length = 'HTTP/1.1 200 OK\r\nContent-Length: ';
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const texts = [
      'SSH-2.0-OpenSSH_9.2\r\n',
      'HTTP/2 200\r\n\r\n',
      'HTTP/1.1 OK\r\n\r\n',
      `${length}-1\r\n\r\n`,
      `${length}2\r\n\r\nabc`,
      `${chunked}x\r\n`,
      `${chunked}1\r\nabc`,
      `${chunked}${'0'.repeat(20_000)}`,
      `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`,
    ];
    for (const text of texts) expect(parse(text), text.slice(0, 80)).to.equal('malformed');
  });

  it('has no answer if the connection ends within one', () => {
    for (const text of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell']) {
      expect(parse(text)).to.equal(undefined);
    }
  });
});
