/**
 * An error that is a way to answer, and no fault of the program's: it has no stack, which nobody reads and which would be a
 * tenth of the time that refusing takes.
 */
export class ExpectedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
