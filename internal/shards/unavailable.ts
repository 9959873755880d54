/**
 * Events could not be taken, or it is not known whether they were committed. Sending them again is safe.
 * The front door answers 503 with `Retry-After`.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly code:
    | 'queue-full'
    | 'flush-timeout'
    | 'flush-failed'
    | 'not-settled'
    | 'parser-lost'
    | 'member-silent'
    | 'stopping';

  constructor(code: UnavailableError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
