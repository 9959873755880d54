import { DeadlineError, withDeadline } from '../../database/deadline.ts';
import { Probe } from '../../database/probe.ts';
import { UnavailableError } from '../../shards/unavailable.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Services } from '../history/hours.ts';
import type { PendingHours } from '../history/reader.ts';
import type { Layout } from '../reports/report-rows.ts';
import { unpack } from './packed-hours.ts';
import type { SettleAnswer, SettleReport, SettleTask } from './settle-thread.ts';

/** What the settler works with; durations in milliseconds. */
export interface SettlerOptions {
  /** Asks the thread; rejects if it is lost. One that does not answer whether it is alive is to be replaced. */
  readonly ask: (task: SettleTask) => Promise<SettleAnswer>;
  /** Told which services may be in another state. */
  readonly onChanged: (serviceNames: readonly string[] | 'all') => void;
  /** How long a reader waits. */
  readonly timeoutMs: number;
  /** The newest layout that this program knows, or is told to write. */
  readonly newestLayout: Layout;
  readonly logger: Logger;
}

/** Why reports cannot be read now. */
export const NOT_SETTLED = 'not-settled';

const UNREADABLE = 'What was reported last cannot be read yet.';

const NOBODY: Services = { serviceNames: [] };
const TICK_MS = 1000;
// Beyond these no reports are taken: whoever reads, and the next start, have to go through all that is pending.
const MOST_ROWS = 8_000_000;
const MOST_BYTES = 192 * 2 ** 20;

/** What is pending in the database, as far as this process knows. */
export interface PendingFigures {
  readonly batches: number;
  readonly bytes: number;
  readonly setAsideBatches: number;
}

/** How this process gets on with it. */
export interface SettlingProgress {
  /** For how long what is pending may have been so. */
  readonly lagMs: number;
  /** What was settled since the start: seconds of services, and those of them that came late. */
  readonly settledSeconds: number;
  readonly lateSeconds: number;
}

/**
 * The front door's side of settling: asks the thread for what is pending, has it settle now and then while something may
 * be, and says when no more can be taken.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #probe: Probe;
  #report: SettleReport | undefined;
  /** What this process committed since the last report. */
  #since = { rows: 0, bytes: 0 };
  #timer: NodeJS.Timeout | undefined;
  #settling: Promise<void> | undefined;
  #settledSeconds = 0;
  #lateSeconds = 0;
  /** When it was last seen that nothing was left which was pending before, as of `performance.now()`. */
  #settledUpToMs = performance.now();
  #isAskingForChanges = false;
  #isAskingWhetherAlive = false;
  #stopped = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#probe = new Probe(() => this.#ask({ ask: 'pending', services: NOBODY }), options.timeoutMs);
  }

  /** The layout to write: one that all programs know which are connected; the oldest until that is known. */
  get layout(): Layout {
    return this.#report === undefined || this.#report.layout < this.#options.newestLayout
      ? 1
      : this.#options.newestLayout;
  }

  get figures(): PendingFigures {
    const { pending, setAsideBatches = 0 } = this.#report ?? {};
    return {
      batches: pending?.batches ?? 0,
      bytes: (pending?.bytes ?? 0) + this.#since.bytes,
      setAsideBatches,
    };
  }

  get progress(): SettlingProgress {
    const lagMs = this.figures.bytes === 0 ? 0 : performance.now() - this.#settledUpToMs;
    return { lagMs, settledSeconds: this.#settledSeconds, lateSeconds: this.#lateSeconds };
  }

  /** Begins with what an earlier process may have left. */
  start(): void {
    this.#settleAfter(0);
  }

  /** To be told of each batch that was committed, or may have been. */
  committed(rows: number, bytes: number): void {
    if (this.#report?.pending.batches === 0 && this.#since.bytes === 0)
      this.#settledUpToMs = performance.now();
    this.#since.rows += rows;
    this.#since.bytes += bytes;
    this.#settleAfter(TICK_MS);
  }

  /** Why no reports can be taken now, or undefined. */
  whyFull = (): string | undefined => {
    const rows = (this.#report?.pending.rows ?? 0) + this.#since.rows;
    const bytes = (this.#report?.pending.bytes ?? 0) + this.#since.bytes;
    return rows > MOST_ROWS || bytes > MOST_BYTES ? 'Too much waits to be settled.' : undefined;
  };

  /** What is pending of these services, with everything in it that was committed before, by whichever process. */
  async pending(services: Services): Promise<PendingHours> {
    const { pending } = await this.#ask({ ask: 'pending', services });
    const hours: PendingHours = pending === undefined ? new Map() : unpack(pending);
    // Others may have left it, and nobody else be there to settle it.
    if (hours.size > 0) this.#settleAfter(TICK_MS);
    return hours;
  }

  /** Why what was committed last cannot be read now, or undefined: tried as everybody does who reads. */
  async whyNotReadable(): Promise<string | undefined> {
    try {
      await this.#probe.check();
      return undefined;
    } catch (error) {
      this.#options.logger.warn({ error }, 'not ready');
      return UNREADABLE;
    }
  }

  /** Has it told which services came in since the last time. */
  tellChanges(): void {
    if (this.#isAskingForChanges || this.#stopped) return;
    this.#isAskingForChanges = true;
    this.#ask({ ask: 'changed' })
      .then(({ changed = [] }) => {
        if (changed.length > 0) this.#options.onChanged(changed);
      })
      .catch(() => undefined) // It is asked again soon.
      .finally(() => (this.#isAskingForChanges = false));
  }

  /** Begins no round any more, and waits for the one that is under way. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#settling;
  }

  #settleAfter(ms: number): void {
    if (this.#stopped || this.#settling !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#settling = this.#settle().finally(() => {
        this.#settling = undefined;
        const { pending } = this.#report ?? {};
        if (pending === undefined || pending.batches > 0 || this.#since.bytes > 0) this.#settleAfter(TICK_MS);
      });
    }, ms);
  }

  async #settle(): Promise<void> {
    const before = this.#since;
    this.#since = { rows: 0, bytes: 0 };
    const startedAtMs = performance.now();
    try {
      const { report } = await this.#ask({ ask: 'settle' });
      if (report === undefined) return;
      this.#report = report;
      if (report.pending.batches === 0) this.#settledUpToMs = startedAtMs;
      if (report.settled === undefined) return;
      this.#settledSeconds += report.settled.seconds;
      this.#lateSeconds += report.settled.lateSeconds;
      this.#options.logger.debug({ ...report.settled, serviceNames: undefined }, 'reports settled');
      if (report.settled.serviceNames.length > 0) this.#options.onChanged(report.settled.serviceNames);
    } catch (error) {
      this.#since.rows += before.rows;
      this.#since.bytes += before.bytes;
      this.#options.logger.warn({ error }, 'reports not settled');
    }
  }

  async #ask(task: SettleTask): Promise<Exclude<SettleAnswer, { outcome: 'failed' }>> {
    const { ask, timeoutMs, logger } = this.#options;
    const asked = ask(task);
    const answer = await (task.ask === 'settle' ? asked : withDeadline(asked, timeoutMs)).catch(
      (error: unknown): SettleAnswer => {
        // It waits for the database, or it hangs.
        if (error instanceof DeadlineError) this.#requireAlive();
        return { outcome: 'failed', transient: true, message: String(error) };
      },
    );
    if (answer.outcome === 'failed') {
      if (!answer.transient) throw new Error(`what is pending cannot be read: ${answer.message}`);
      throw new UnavailableError(NOT_SETTLED, UNREADABLE, {
        cause: new Error(answer.message),
      });
    }
    for (const batch of answer.setAside) logger.error(batch, 'reports that nobody can read were set aside');
    return answer;
  }

  /** Has a thread replaced that hangs: see {@link SettlerOptions.ask}. */
  #requireAlive(): void {
    if (this.#isAskingWhetherAlive) return;
    this.#isAskingWhetherAlive = true;
    this.#options
      .ask({ ask: 'alive' })
      .catch(() => undefined)
      .finally(() => (this.#isAskingWhetherAlive = false));
  }
}
