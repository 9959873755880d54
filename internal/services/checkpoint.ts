import type { Interval, ObservedSeconds } from './timeline.ts';

/** What was known of a service at a full hour. Its hours before that need not be read again to say since when. */
export interface Checkpoint {
  /** It stands for the hours before this one. */
  readonly hour: number;
  /** The newest interval by those hours. */
  readonly interval: Interval;
}

/** In SQL: the checkpoint of a row of services as {@link parseCheckpoint} reads it; null if it has no interval. */
export const CHECKPOINT_TEXT = `
  (checkpoint_hour || ' ' || checkpoint_gap || ' ' || checkpoint_state || ' ' || checkpoint_start || ' ' || checkpoint_end)`;

/** The checkpoint, or undefined if there is none that was made with this gap. */
export function parseCheckpoint(text: string | null, gapSeconds: number): Checkpoint | undefined {
  if (text === null || text === '') return undefined;
  const [hour, gap, state, start, end] = text.split(' ');
  if (Number(gap) !== gapSeconds) return undefined;
  return {
    hour: Number(hour),
    interval: { state: state === 'issue' ? 'issue' : 'deploy', start: Number(start), end: Number(end) },
  };
}

/** The seconds of a checkpoint's interval, all of them, ahead of those observed from its hour on. */
export function withCheckpoint({ interval }: Checkpoint, observed: ObservedSeconds): ObservedSeconds {
  const { state, start, end } = interval;
  return { ...observed, [state]: [{ start, end }, ...observed[state]] };
}
