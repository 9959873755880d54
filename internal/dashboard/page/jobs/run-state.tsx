import { knownNow } from '../live/store.ts';
import { Mark } from '../parts/state-mark.tsx';
import { formatDuration } from '../time/format.ts';
import type { JobRun } from './run.ts';

/** How long a run took, or has taken so far. */
export function durationOf({ state, started_at, duration_ms }: JobRun): string {
  if (duration_ms !== null) return formatDuration(duration_ms / 1000);
  return state === 'running' && started_at !== null
    ? `${formatDuration(knownNow() - started_at / 1000)} so far`
    : '–';
}

const marks = {
  lost: ['▲', 'state-issue'],
  running: ['●', 'state-deploy'],
  finished: ['✓', 'check-good'],
} as const;

/** Whether a run is running, finished or lost. */
export function RunState({ run: { state } }: { run: JobRun }) {
  const [shape, kind] = marks[state];
  return (
    <Mark shape={shape} kind={kind}>
      {state}
    </Mark>
  );
}
