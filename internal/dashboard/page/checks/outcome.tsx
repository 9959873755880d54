import type { CheckedTarget } from '../live/topics.ts';
import { Mark } from '../parts/state-mark.tsx';

/** The latest outcome; one after which another should have come already says nothing of the present. */
export function Outcome({ last, failed, overdue }: Pick<CheckedTarget, 'last' | 'failed' | 'overdue'>) {
  if (last === null) return <span class="muted">no check</span>;
  if (overdue) {
    return (
      <Mark shape="◌" kind="check-overdue">
        overdue, was {last.outcome}
      </Mark>
    );
  }
  return (
    <Mark shape={failed ? '▲' : '✓'} kind={failed ? 'state-issue' : 'check-good'}>
      {last.outcome}
    </Mark>
  );
}
