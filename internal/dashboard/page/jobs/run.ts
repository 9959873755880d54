import type { Schema } from '../data/answer.ts';

/** A run as `GET /job/:name/runs` tells it; times in milliseconds since 1970. */
export type JobRun = Schema<'JobRun'>;

/** Whether a run may have done something in a span, given in unix seconds; one that ended without a word ended then. */
export function ranIn({ from, to }: { readonly from: number; readonly to: number }, run: JobRun): boolean {
  const last = run.ended_at ?? run.last_seen_at;
  return (run.started_at ?? last) < to * 1000 && last >= from * 1000;
}

const severity = { lost: 0, running: 1, finished: 2 } as const;

/** What is lost first, then what runs, then what is finished; each the newest first. */
export function worstRunsFirst<Run extends JobRun>(runs: readonly Run[]): Run[] {
  return runs.toSorted((a, b) => severity[a.state] - severity[b.state] || b.last_seen_at - a.last_seen_at);
}
