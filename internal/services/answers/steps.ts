import type { ReportedState } from '../timeline.ts';

/** What a service was in during one step of a span. */
export interface Step {
  /** Its first second. */
  readonly start: number;
  readonly deploySeconds: number;
  readonly issueSeconds: number;
  /** Intervals that begin in it, cut to the span. */
  readonly deploys: number;
  readonly issues: number;
}

/** Adds up intervals by steps of a span, of which the last may be shorter. */
export class StepTally {
  readonly #from: number;
  readonly #stepSeconds: number;
  readonly #seconds: Readonly<Record<ReportedState, Int32Array>>;
  readonly #begun: Readonly<Record<ReportedState, Int32Array>>;

  /** In whole unix seconds. */
  constructor({ from, to }: { readonly from: number; readonly to: number }, stepSeconds: number) {
    this.#from = from;
    this.#stepSeconds = stepSeconds;
    const count = Math.ceil((to - from) / stepSeconds);
    this.#seconds = { deploy: new Int32Array(count), issue: new Int32Array(count) };
    this.#begun = { deploy: new Int32Array(count), issue: new Int32Array(count) };
  }

  /** Takes an interval that is cut to the span. */
  add(state: ReportedState, start: number, end: number): void {
    const [seconds, begun] = [this.#seconds[state], this.#begun[state]];
    let step = Math.floor((start - this.#from) / this.#stepSeconds);
    begun[step] = (begun[step] ?? 0) + 1;
    for (let at = start; at < end; step++) {
      const next = Math.min(end, this.#from + (step + 1) * this.#stepSeconds);
      seconds[step] = (seconds[step] ?? 0) + next - at;
      at = next;
    }
  }

  /** The steps that hold a second of an interval, oldest first. */
  *steps(): Generator<Step> {
    const { deploy, issue } = this.#seconds;
    for (const [index, deploySeconds] of deploy.entries()) {
      const issueSeconds = issue[index] ?? 0;
      if (deploySeconds + issueSeconds === 0) continue;
      const deploys = this.#begun.deploy[index] ?? 0;
      const issues = this.#begun.issue[index] ?? 0;
      const start = this.#from + index * this.#stepSeconds;
      yield { start, deploySeconds, issueSeconds, deploys, issues };
    }
  }

  /** The same as JSON. */
  *texts(): Generator<string> {
    for (const { start, deploySeconds, issueSeconds, deploys, issues } of this.steps()) {
      yield `{"start_time":${start},"deploy_seconds":${deploySeconds},"issue_seconds":${issueSeconds},"deploys":${deploys},"issues":${issues}}`;
    }
  }
}
