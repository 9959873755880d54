import type { LoadPlan } from '../load-plan.ts';
import type { Verify } from '../verify/verification.ts';

/** The body of one request. */
export interface Body {
  readonly text: string;
  /** How many events it carries. */
  readonly events: number;
}

/** A kind of load: which requests are sent, and how to find out whether what they said is there. */
export interface Mode {
  /** What `--mode` says. */
  readonly name: string;
  /** For `--help`, a few words. */
  readonly summary: string;
  /** Where its requests are posted to. */
  readonly path: string;
  /** Events per body: unless told otherwise, and at most. */
  readonly defaultBatch: number;
  readonly mostBatch: number;
  /** Whether a request needs an `Idempotency-Key` so that it can safely be sent again. */
  readonly needsIdempotencyKey: boolean;
  /** Whether bodies are compressed without --gzip, too. */
  readonly isAlwaysCompressed?: boolean;
  /** Compares the service with what it acknowledged; a mode without it cannot be verified. */
  readonly verify?: Verify;
  /** The bodies of a plan in order, the same for the same plan. */
  bodies(plan: LoadPlan): Iterable<Body>;
}
