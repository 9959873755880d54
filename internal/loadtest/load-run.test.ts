import { expect } from 'chai';

import type { Answer } from './answer-parser.ts';
import { asFastAsAnswersCome, fixedRate } from './clock.ts';
import type { Failure } from './connection.ts';
import { LoadRun, noRetries, type LoadRunOptions, type Sender } from './load-run.ts';
import type { RequestSource } from './request-supply.ts';
import { Outcomes, Tally } from './tally.ts';
import { SimulatedClock } from './testing/simulated-clock.ts';

type Reply = { readonly status: number; readonly retryAfter?: string } | { readonly failure: string };

const answerOf = (reply: Reply): Answer | Failure =>
  'failure' in reply ? reply : { body: Buffer.alloc(0), isKept: true, retryAfter: undefined, ...reply };
const ok: Reply = { status: 200 };

/** Requests of one byte and two events, so many. */
function sourceOf(count: number): RequestSource {
  let index = 0;
  return {
    take: () => (index < count ? { index: index++, bytes: new Uint8Array(1), events: 2 } : undefined),
    get isAtEnd() {
      return index === count;
    },
    onMore: () => undefined,
  };
}

describe('a load run', () => {
  let clock: SimulatedClock;
  let sent: number[];

  beforeEach(() => {
    clock = new SimulatedClock();
    sent = [];
  });

  /** Connections to a service that takes so long for its nth request, and answers so. */
  function senders(
    count: number,
    tookMs: (nth: number) => number,
    reply: (nth: number) => Reply = () => ok,
  ): Sender[] {
    return Array.from({ length: count }, () => {
      let cut: (() => void) | undefined;
      return {
        send(_, settle) {
          const nth = sent.push(clock.nowMs()) - 1;
          const cancel = clock.after(tookMs(nth), () => {
            cut = undefined;
            settle(answerOf(reply(nth)));
          });
          cut = () => {
            cancel();
            settle({ failure: 'cut' });
          };
        },
        close: () => cut?.(),
      };
    });
  }

  function start(given: Partial<LoadRunOptions> & Pick<LoadRunOptions, 'senders'>) {
    const options: LoadRunOptions = {
      source: sourceOf(100),
      pace: asFastAsAnswersCome,
      endMs: Infinity,
      retryRules: noRetries,
      tally: new Tally(),
      outcomes: new Outcomes(),
      clock,
      random: () => 1,
      ...given,
    };
    const run = new LoadRun(options);
    const state = { isOver: false };
    void run.run().then(() => (state.isOver = true));
    const { tally, outcomes } = options;
    return { run, tally, outcomes, state };
  }

  const turn = () => Promise.resolve();

  it('sends everything, each connection one request after another', async () => {
    const { tally, state, outcomes } = start({ senders: senders(4, () => 10) });
    clock.runUntil(250);
    await turn();
    expect(tally).to.include({ requests: 100, events: 200, bytes: 100, givenUp: 0 });
    expect(sent.slice(0, 8)).to.deep.equal([0, 0, 0, 0, 10, 10, 10, 10]);
    expect(outcomes.acknowledged).to.equal(100);
    expect(state.isOver).to.equal(true);
  });

  it('sends nothing new once the time is over, and waits for the answers', async () => {
    const { tally, state } = start({ senders: senders(1, () => 10), endMs: 25 });
    clock.runUntil(29);
    await turn();
    expect(state.isOver).to.equal(false);
    clock.runUntil(30);
    await turn();
    expect(tally.requests).to.equal(3);
    expect(state.isOver).to.equal(true);
  });

  it('sends at a fixed rate, evenly', () => {
    start({ senders: senders(4, () => 1), pace: fixedRate(50, 0), source: sourceOf(5) });
    clock.runUntil(1000);
    expect(sent).to.deep.equal([0, 20, 40, 60, 80]);
  });

  describe('of a service that answers in 1 ms and stalls once for a second', () => {
    const tookMs = (nth: number) => (nth === 300 ? 1000 : 1);

    it('shows the stall in its percentiles at a fixed rate', () => {
      const { tally } = start({
        senders: senders(1, tookMs),
        pace: fixedRate(100, 0),
        source: sourceOf(1000),
      });
      clock.runUntil(20_000);
      const { p50, p90, p99, max } = tally.latencies.summary();
      expect(tally.requests).to.equal(1000);
      expect(p50).to.be.closeTo(1, 0.01);
      // A tenth of the requests were due during the stall; each waited for the rest of it.
      expect(p90).to.be.within(1, 200);
      expect(p99).to.be.within(850, 950);
      expect(max).to.be.closeTo(1000, 1);
    });

    it('cannot show it otherwise: the stall holds up those that would have met it', () => {
      const { tally } = start({ senders: senders(1, tookMs), source: sourceOf(1000) });
      clock.runUntil(20_000);
      expect(tally.latencies.summary().p99).to.be.closeTo(1, 0.01);
    });
  });

  it('knows how many were due, but not sent', () => {
    const pace = fixedRate(10, 0);
    const { run } = start({ senders: senders(1, () => 5000), pace, endMs: 1000 });
    clock.runUntil(10_000);
    expect([pace.dueBefore(1000), run.started]).to.deep.equal([10, 1]);
  });

  describe('that is told to try again', () => {
    const retryRules = { mostTries: 3, firstMs: 100, longestMs: 1000 };

    it('does so after the wait that was asked for and a pause, and counts the latency from the first time', () => {
      const reply = (nth: number): Reply => (nth === 0 ? { status: 503, retryAfter: '2' } : ok);
      const { tally } = start({ senders: senders(1, () => 10, reply), source: sourceOf(1), retryRules });
      clock.runUntil(10_000);
      expect(sent).to.deep.equal([0, 2110]);
      expect(tally).to.include({ requests: 1, retries: 1, givenUp: 0 });
      expect(tally.latencies.summary().max).to.be.closeTo(2120, 2);
      expect([...tally.errors]).to.deep.equal([['status 503', { count: 1, detail: '' }]]);
    });

    it('gives up after so many tries, and knows that the request may be stored', async () => {
      const { tally, outcomes, state } = start({
        senders: senders(
          1,
          () => 10,
          () => ({ status: 503 }),
        ),
        source: sourceOf(1),
        retryRules,
      });
      clock.runUntil(10_000);
      await turn();
      expect(sent).to.have.length(3);
      expect(tally).to.include({ requests: 0, retries: 2, givenUp: 1 });
      expect(outcomes.is(0, 'uncertain')).to.equal(true);
      expect(state.isOver).to.equal(true);
    });

    it('stays uncertain of a request that was lost once and refused then', () => {
      const reply = (nth: number): Reply => (nth === 0 ? { failure: 'reset' } : { failure: 'refused' });
      const { outcomes } = start({ senders: senders(1, () => 10, reply), source: sourceOf(1), retryRules });
      clock.runUntil(10_000);
      expect(outcomes.is(0, 'uncertain')).to.equal(true);
    });

    it('is certain of what never got there and of what is wrong, which it sends once', () => {
      const reply = (nth: number): Reply => (nth === 0 ? { status: 400 } : { failure: 'refused' });
      const { outcomes } = start({ senders: senders(1, () => 10, reply), source: sourceOf(2), retryRules });
      clock.runUntil(10_000);
      expect(sent).to.have.length(4);
      expect([outcomes.is(0, 'not stored'), outcomes.is(1, 'not stored')]).to.deep.equal([true, true]);
    });

    it('lets no more wait than there are connections', () => {
      const { tally, run } = start({
        senders: senders(
          2,
          () => 10,
          () => ({ status: 503, retryAfter: '1' }),
        ),
        retryRules,
      });
      clock.runUntil(1000);
      expect([run.started, tally.retries]).to.deep.equal([2, 2]);
    });
  });

  it('does not ask a service that is not there all the time', () => {
    start({
      senders: senders(
        1,
        () => 0,
        () => ({ failure: 'refused' }),
      ),
    });
    clock.runUntil(1000);
    expect(sent).to.have.length.within(10, 11);
  });

  describe('that is interrupted', () => {
    it('waits for the answers under way', async () => {
      const { run, tally, state } = start({ senders: senders(4, () => 10) });
      clock.runUntil(15);
      run.interrupt();
      clock.runUntil(20);
      await turn();
      expect(tally.requests).to.equal(8);
      expect(state.isOver).to.equal(true);
    });

    it('cuts what takes too long, gives up what waits, and does not know what came of either', async () => {
      const reply = (nth: number): Reply => (nth === 0 ? { status: 503, retryAfter: '60' } : ok);
      const { run, tally, outcomes, state } = start({
        senders: senders(2, (nth) => (nth === 0 ? 10 : 1e6), reply),
        retryRules: { mostTries: 3, firstMs: 100, longestMs: 1000 },
      });
      clock.runUntil(100);
      run.interrupt();
      clock.runUntil(3000);
      await turn();
      expect(state.isOver).to.equal(true);
      expect(tally.givenUp).to.equal(2);
      for (const request of [0, 1]) expect(outcomes.is(request, 'uncertain')).to.equal(true);
    });
  });

  it('waits for requests that are not built yet, and says for how long', async () => {
    let built = 1;
    let taken = 0;
    const source: RequestSource = {
      take: () => (taken < built ? { index: taken++, bytes: new Uint8Array(1), events: 1 } : undefined),
      get isAtEnd() {
        return taken === 2;
      },
      onMore: () => undefined,
    };
    const { run, state } = start({ senders: senders(1, () => 10), source });
    clock.runUntil(50);
    built = 2;
    source.onMore();
    clock.runUntil(60);
    await turn();
    expect(run.starvedMs).to.equal(40);
    expect(state.isOver).to.equal(true);
  });
});
