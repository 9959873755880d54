import { expect } from 'chai';

import { DeadlineError } from './deadline.ts';
import { Probe } from './probe.ts';

const PATIENCE_MS = 5000;

/** A probe whose tries end as they are told, by a clock that is set. */
class Tried {
  nowMs = 0;
  readonly tries: { work(): void; fail(error: Error): void }[] = [];
  readonly probe = new Probe(
    () => new Promise<void>((work, fail) => this.tries.push({ work, fail })),
    PATIENCE_MS,
    () => this.nowMs,
  );

  /** What comes of a check: undefined if it works. */
  check = () =>
    this.probe.check().then(
      () => undefined,
      (error: unknown) => error,
    );

  async work(): Promise<void> {
    const checked = this.check();
    this.tries.at(-1)?.work();
    expect(await checked).to.equal(undefined);
  }
}

describe('a probe', () => {
  let tried: Tried;

  beforeEach(() => (tried = new Tried()));

  it('is one try for all who ask at once', async () => {
    const checks = [tried.check(), tried.check(), tried.check()];
    tried.tries[0]?.work();
    expect(await Promise.all(checks)).to.deep.equal([undefined, undefined, undefined]);
    expect(tried.tries).to.have.length(1);
  });

  it('tries again once a second at most, while it works', async () => {
    await tried.work();
    tried.nowMs = 999;
    expect(await tried.check()).to.equal(undefined);
    expect(tried.tries).to.have.length(1);
    tried.nowMs = 1000;
    await tried.work();
    expect(tried.tries).to.have.length(2);
  });

  it('fails at once with what is wrong, however lately it worked, and works again as soon as it does', async () => {
    await tried.work();
    tried.nowMs = 1000;
    const wrong = new Error('the disk is full');
    for (let times = 0; times < 2; times++) {
      const checked = tried.check();
      tried.tries.at(-1)?.fail(wrong);
      expect(await checked).to.equal(wrong);
    }
    await tried.work();
  });

  it('works while it is slow for a short while, however long ago it was asked for last', async () => {
    await tried.work();
    tried.nowMs = 10 * PATIENCE_MS;
    expect(await tried.check()).to.equal(undefined);
    tried.nowMs += PATIENCE_MS;
    expect(await tried.check()).to.be.instanceOf(DeadlineError);
    expect(tried.tries, 'the slow one is still waited for').to.have.length(2);
    await tried.work();
  });

  it('does not work while it is slow after it failed', async () => {
    await tried.work();
    tried.nowMs = 1000;
    const checked = tried.check();
    tried.tries.at(-1)?.fail(new Error('gone'));
    await checked;
    expect(await tried.check()).to.be.instanceOf(DeadlineError);
  });
});
