/** The items of the topics, as docs/live.md describes them. */

/** One check of a target. */
export interface Check {
  readonly target: string;
  readonly timestamp: string;
  readonly code: number | null;
  readonly outcome: string;
  readonly latency_ms: number;
}

/** What the checks of a window come to. */
export interface ChecksSummary {
  readonly window_seconds: number;
  readonly total: number;
  readonly failures: number;
  readonly failure_percent: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** A target: its latest check, its last five minutes, and whether its next check should have come long ago. */
export interface CheckedTarget {
  readonly last: Check | null;
  /** Whether the latest check failed, and why, in words. */
  readonly failed: boolean;
  readonly error: string | null;
  readonly summary: ChecksSummary;
  readonly overdue: boolean;
}

/** A mute that holds, as in `GET /mutes`; times in unix seconds. */
export interface MuteNow {
  readonly id: string;
  readonly service: string;
  readonly by: string;
  readonly note: string;
  readonly since: number;
  readonly until: number;
}

export interface WorkerNow {
  readonly id: number;
  readonly shard_id: number;
  readonly replica: string;
  readonly events_count: number;
  readonly created_at: string;
  readonly finished_at?: string;
}

export interface ShardNow {
  readonly id: number;
  readonly replica: string;
  readonly queued: number;
  readonly in_flight: number;
  readonly live_workers: number;
  readonly batches: number;
  readonly failed_batches: number;
  readonly events: number;
  readonly flush_latency_ms: { readonly p50: number | null; readonly p99: number | null };
}
