import type { Logger } from '../telemetry/logger.ts';

/** What a {@link ClockWatch} goes by. */
export interface ClockOptions {
  /** Asks for the other clock, in unix seconds. */
  readonly ask: () => Promise<number>;
  /** How far apart the two may be. */
  readonly mostSkewSeconds: number;
  /** This machine's own clock, in unix seconds. */
  readonly nowSeconds?: () => number;
  /** Told each time what is wrong with the clock, if anything is. */
  readonly tell: (fault: string | undefined) => void;
  readonly logger: Logger;
}

// A clock that was set wrong is seen so soon without anybody asking whether the service is ready.
const EACH_MS = 2000;

/**
 * Whether this machine's clock agrees with the database's, which all replicas share. One that is an hour behind would take
 * current reports for future ones and refuse them for good, and one that is ahead would call every service idle.
 */
export class ClockWatch {
  readonly #options: ClockOptions;
  #timer: NodeJS.Timeout | undefined;
  #fault: string | undefined;

  constructor(options: ClockOptions) {
    this.#options = options;
  }

  /** Compares the clocks, by another question if there is one, and tells. Rejects, and leaves it at what was told, if the other one cannot be asked. */
  async check(ask = this.#options.ask): Promise<void> {
    const { mostSkewSeconds, nowSeconds = () => Date.now() / 1000, tell, logger } = this.#options;
    const askedAtMs = performance.now();
    const theirs = await ask();
    const halfWaySeconds = (performance.now() - askedAtMs) / 2000;
    const aheadSeconds = nowSeconds() - halfWaySeconds - theirs;
    const before = this.#fault;
    const isFar = Math.abs(aheadSeconds) - halfWaySeconds > mostSkewSeconds;
    const fault = isFar ? faultOf(aheadSeconds) : undefined;
    if (fault !== undefined && before === undefined) logger.error({ aheadSeconds }, 'the clock is wrong');
    if (fault === undefined && before !== undefined)
      logger.info({ aheadSeconds }, 'the clock is right again');
    this.#fault = fault;
    tell(fault);
  }

  /** Compares them every now and then, one question at a time. */
  start(): void {
    let isAsking = false;
    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      await this.check().catch(() => undefined);
      isAsking = false;
    };
    this.#timer ??= setInterval(() => void ask(), EACH_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function faultOf(aheadSeconds: number): string {
  const seconds = Math.round(Math.abs(aheadSeconds));
  return `This machine's clock is ${seconds} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} the database's.`;
}
