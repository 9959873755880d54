/** A record as `GET /current` and `GET /historical/:component` tell it. */
export interface DeploymentRecord {
  readonly Component: string;
  readonly Environment: string;
  readonly State: string;
  /** RFC 3339. */
  readonly Timestamp: string;
}

export interface RecordsAnswer {
  readonly Records: readonly DeploymentRecord[];
}
