import type { AdvisoryLock } from '../database/advisory-locks.ts';
import { housekeepingLock } from '../database/housekeeper.ts';
import { commonProblems, type ProblemKind } from '../frontdoor/problem.ts';
import { commonUnavailable } from '../shards/unavailable.ts';

/** What somebody takes for itself where all choose from one space: no two may have the same. */
export interface Claims {
  readonly locks?: readonly AdvisoryLock[];
  readonly problems?: readonly ProblemKind[];
  /** Codes of UnavailableError. */
  readonly unavailable?: readonly string[];
}

/** What the pipeline has taken, which knows no feature. */
export const pipelineClaims: Claims = {
  locks: [housekeepingLock],
  problems: commonProblems,
  unavailable: commonUnavailable,
};

/** Throws, with all names, if two claims are for the same lock number or name, problem or code. */
export function refuseSharedClaims(claims: readonly Claims[]): void {
  const locks = claims.flatMap(({ locks = [] }) => locks);
  const shared = [
    ...twice(
      'lock',
      locks.map(({ name }) => name),
    ),
    ...twice(
      'lock number',
      locks.map(({ number }) => String(number)),
    ),
    ...twice(
      'problem',
      claims.flatMap(({ problems = [] }) => problems.map(({ code }) => code)),
    ),
    ...twice(
      'code',
      claims.flatMap(({ unavailable = [] }) => unavailable),
    ),
  ];
  if (shared.length > 0) throw new Error(`claimed twice: ${shared.join(', ')}`);
}

function twice(what: string, names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${what} ${name}`);
}
