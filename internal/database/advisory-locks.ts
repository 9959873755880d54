/** The class of PostgreSQL's advisory locks that stands for Minikom. */
export const LOCK_CLASS = 77_010;

/**
 * One of Minikom's advisory locks. Who takes it declares it, and claims it (`internal/pipeline/claims.ts`), as two that
 * shared a number would wait for each other. Replicas of all versions know it by its number, which therefore stays.
 */
export interface AdvisoryLock {
  readonly name: string;
  readonly number: number;
}

/** The arguments of PostgreSQL's functions for it. */
export function lockArguments({ number }: AdvisoryLock): string {
  return `${LOCK_CLASS}, ${number}`;
}
