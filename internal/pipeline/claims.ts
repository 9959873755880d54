import type { AdvisoryLock } from '../database/advisory-locks.ts';
import { ownSpreads, spreadLock, type Spread } from '../database/cluster.ts';
import { housekeepingLock } from '../database/housekeeper.ts';
import { placesLock } from '../processes/replicas.ts';
import { commonProblems, type ProblemKind } from '../frontdoor/problem.ts';
import { commonUnavailable } from '../shards/unavailable.ts';

/** What somebody takes for itself where all choose from one space: no two may have the same. */
export interface Claims {
  readonly locks?: readonly AdvisoryLock[];
  readonly problems?: readonly ProblemKind[];
  /** Codes of UnavailableError. */
  readonly unavailable?: readonly string[];
  /** Its tables, and by what each is spread over a cluster. */
  readonly tables?: readonly Spread[];
}

/** What the pipeline has taken, which knows no feature. */
export const pipelineClaims: Claims = {
  locks: [housekeepingLock, placesLock, spreadLock],
  problems: commonProblems,
  unavailable: commonUnavailable,
  tables: ownSpreads,
};

/** Throws, with all names, if two claims are for the same lock number or name, problem, code or table. */
export function refuseSharedClaims(claims: readonly Claims[]): void {
  const locks = claims.flatMap(({ locks = [] }) => locks);
  const names = [
    ...locks.map(({ name }) => `lock ${name}`),
    ...locks.map(({ number }) => `lock number ${number}`),
    ...claims.flatMap(({ problems = [] }) => problems.map(({ code }) => `problem ${code}`)),
    ...claims.flatMap(({ unavailable = [] }) => unavailable.map((code) => `code ${code}`)),
    ...claims.flatMap(({ tables = [] }) => tables.map(({ table }) => `table ${table}`)),
  ];
  const shared = names.filter((name, index) => names.indexOf(name) !== index);
  if (shared.length > 0) throw new Error(`claimed twice: ${shared.join(', ')}`);
}
