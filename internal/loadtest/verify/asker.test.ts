import { expect } from 'chai';

import type { Answer } from '../answer-parser.ts';
import type { Clock } from '../clock.ts';
import type { Failure } from '../connection.ts';
import { patientRetries } from '../load-run.ts';
import { makeAsker, type Ask } from './asker.ts';

const answer = (status: number, retryAfter?: string): Answer => ({
  status,
  body: Buffer.alloc(0),
  isKept: true,
  retryAfter,
});

describe('asking', () => {
  let asked: string[];
  let waitedMs: number[];
  let mostAtOnce: number;

  beforeEach(() => {
    [asked, waitedMs, mostAtOnce] = [[], [], 0];
  });

  /** Over so many connections, of a service that answers the nth request so; waits take no time. */
  function askerOf(connections: number, outcomeOf: (nth: number) => Answer | Failure): Ask {
    let atOnce = 0;
    const senders = Array.from({ length: connections }, () => ({
      send(request: Uint8Array, settle: (outcome: Answer | Failure) => void) {
        const nth = asked.push(Buffer.from(request).toString().split('\r\n')[0] ?? '') - 1;
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        setImmediate(() => {
          atOnce--;
          settle(outcomeOf(nth));
        });
      },
      close: () => undefined,
    }));
    const clock: Clock = {
      nowMs: () => 0,
      after: (ms, callback) => {
        waitedMs.push(ms);
        setImmediate(callback);
        return () => undefined;
      },
    };
    const target = { host: 'h', basePath: '/base', writeToken: undefined, readToken: undefined };
    return makeAsker({ target, senders, retryRules: patientRetries, clock, random: () => 1 });
  }

  it('uses no more connections than there are', async () => {
    const ask = askerOf(2, () => answer(200));
    await Promise.all(['/a', '/b', '/c', '/d', '/e'].map((path) => ask(path, 1)));
    expect(asked).to.have.length(5).and.include('GET /base/a HTTP/1.1');
    expect(mostAtOnce).to.equal(2);
  });

  it('asks again after the wait that a busy service wants', async () => {
    const ask = askerOf(1, (nth) =>
      nth === 0 ? answer(503, '2') : nth === 1 ? { failure: 'reset' } : answer(404),
    );
    expect(await ask('/a', 9)).to.include({ status: 404 });
    expect(waitedMs).to.deep.equal([2100, 200]);
  });

  it('asks so many times', async () => {
    const ask = askerOf(1, () => ({ failure: 'refused' }));
    expect(await ask('/a', 4)).to.deep.equal({ failure: 'refused' });
    expect(asked).to.have.length(4);
  });
});
