import type { LoadPlan } from '../load-plan.ts';
import type { Outcomes } from '../tally.ts';
import type { Ask } from './asker.ts';

/** The rules of the service that its answers depend on. */
export interface TimelineRules {
  readonly gapSeconds: number;
  readonly maxDelaySeconds: number;
}

/** What is verified, and how to ask it. */
export interface Subject {
  readonly plan: LoadPlan;
  readonly rules: TimelineRules;
  readonly ask: Ask;
  /** How many questions may be under way at once. */
  readonly concurrency: number;
  /** Unix seconds. */
  readonly now: () => number;
  /** Whether to end with what was compared so far. */
  readonly isOver: () => boolean;
  /** Is told how many of all questions are answered. */
  readonly onProgress: (answered: number, all: number) => void;
}

/** An answer that is not what it should be. */
export interface Difference {
  readonly service: string;
  readonly question: string;
  readonly expected: string;
  readonly got: string;
}

/** What came out of a comparison. */
export interface Verification {
  /** Services that were compared. */
  readonly compared: number;
  /** Services of which nobody knows what is stored. */
  readonly notComparable: number;
  /** Services with a difference, and the first of the differences. */
  readonly different: number;
  readonly first: readonly Difference[];
}

/** Looks at what is there before the load; the function it resolves to compares after it. Rejects if it gets no answer. */
export type Verify = (subject: Subject) => Promise<(outcomes: Outcomes) => Promise<Verification>>;
