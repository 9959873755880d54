import type { Answer, Schema } from '../data/answer.ts';

/** A record as `GET /current` and `GET /historical/:component` tell it; its time is RFC 3339. */
export type DeploymentRecord = Schema<'DeploymentRecord'>;

export type RecordsAnswer = Answer<'/current'>;
