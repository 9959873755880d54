/** What kept the embedded PostgreSQL from being used; stable, for code and tests. */
export type EmbeddedFault =
  'unsupported-platform' | 'binaries-unusable' | 'no-account' | 'data-folder-in-use' | 'start-failed';

/** The embedded PostgreSQL cannot be used; the message says why and what to do, for the person at the terminal. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedFault;

  constructor(code: EmbeddedFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` carries one of the given codes, be it of Node.js, of PostgreSQL or ours. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}

/** Resolves as `work` does, or to `otherwise` where it fails with one of the codes. */
export async function orElse<T, O>(
  work: Promise<T>,
  otherwise: O,
  ...codes: readonly string[]
): Promise<T | O> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, ...codes)) return otherwise;
    throw error;
  }
}
