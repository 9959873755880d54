/** The class of PostgreSQL's advisory locks that stands for Minikom. */
export const LOCK_CLASS = 77_010;

/** Which of them is whose: side by side here, as two that shared a number would wait for each other. */
export const lockNumbers = { partitions: 1, housekeeping: 2, checks: 3, checkpoints: 4 } as const;

/** The arguments of PostgreSQL's functions for one of them. */
export function lockArguments(name: keyof typeof lockNumbers): string {
  return `${LOCK_CLASS}, ${lockNumbers[name]}`;
}
