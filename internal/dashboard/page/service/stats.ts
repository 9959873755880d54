/** What `GET /services/:name/stats` answers, as far as the page shows it. Shares are of 1, durations in seconds. */
export interface StatsAnswer {
  readonly time_share: { readonly issue: number; readonly deploy: number; readonly idle: number };
  readonly intervals: { readonly issue: number; readonly deploy: number };
  readonly mean_issue_seconds: number | null;
  readonly longest_issue_seconds: number | null;
  readonly change_failure_rate: number | null;
}
