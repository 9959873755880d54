import { ExpectedError } from '../program/expected-error.ts';

/** The codes of all that has no feature. */
export const commonUnavailable: readonly string[] = [
  'queue-full',
  'flush-timeout',
  'flush-failed',
  'parser-lost',
  'member-silent',
  'stopping',
];

/**
 * Events could not be taken, or it is not known whether they were committed. Sending them again is safe.
 * The front door answers 503 with `Retry-After`.
 */
export class UnavailableError extends ExpectedError {
  override readonly name = 'UnavailableError';
  /** A stable name. A feature declares those that only it knows, and claims them (`internal/pipeline/claims.ts`). */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
