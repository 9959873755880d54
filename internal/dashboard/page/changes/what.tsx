import { RecordState } from '../deployments/record-state.tsx';
import { Mark } from '../parts/state-mark.tsx';
import { formatDuration } from '../time/format.ts';
import type { Change } from './change.ts';

const words = {
  issue: ['in issue', 'not in issue any more'],
  check: ['check fails', 'check passes again'],
  job: ['run began', 'run ended'],
  mute: ['muted', 'not muted any more'],
} as const;

/** What became of something, in words and a shape. */
export function What({
  change: { kind, change, seconds, environment, state, by, note },
}: {
  change: Change;
}) {
  if (kind === 'deployment') return <RecordState state={state ?? ''}> in {environment}</RecordState>;
  const [began, ended] = words[kind];
  if (kind === 'mute') {
    return (
      <Mark shape="⊘" kind="">
        {change === 'began' ? mutedBy(by, note) : `${ended}${afterWords(seconds)}`}
      </Mark>
    );
  }
  if (change === 'ended') {
    return Mark({ shape: '✓', kind: 'check-good', children: `${ended}${afterWords(seconds)}` });
  }
  if (kind === 'job') return Mark({ shape: '●', kind: 'state-deploy', children: began });
  return Mark({ shape: '▲', kind: 'state-issue', children: began });
}

/** For how long it was so, if that is known; no line ends within it. */
function afterWords(seconds: number | undefined): string {
  return seconds === undefined ? '' : `, after ${formatDuration(seconds).replaceAll(' ', '\u00a0')}`;
}

/** By whom and why: in one line, whole on a closer look, each in the direction that it is written in. */
function mutedBy(by = '', note = '') {
  return (
    <span class="name" title={`muted by ${by}${note === '' ? '' : `: ${note}`}`}>
      muted by <bdi>{by}</bdi>
      {note !== '' && (
        <>
          : <bdi>{note}</bdi>
        </>
      )}
    </span>
  );
}
