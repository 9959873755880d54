/** A record as `GET /current` and `GET /historical/:component` tell it. */
export interface DeploymentRecord {
  readonly Component: string;
  readonly Environment: string;
  readonly State: string;
  /** RFC 3339. */
  readonly Timestamp: string;
  readonly Version?: string;
  readonly By?: string;
  readonly Url?: string;
}

export interface RecordsAnswer {
  readonly Records: readonly DeploymentRecord[];
}
