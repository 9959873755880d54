import type { CheckedTarget } from '../live/topics.ts';
import { Mark } from '../parts/state-mark.tsx';

/** The latest outcome; one after which another should have come already says nothing of the present. */
export function Outcome({ last, overdue }: Pick<CheckedTarget, 'last' | 'overdue'>) {
  if (last === null) return <span class="muted">no check</span>;
  if (overdue) {
    return (
      <Mark shape="◌" kind="check-overdue">
        overdue, was {last.outcome}
      </Mark>
    );
  }
  const isGood = last.code !== null && last.code >= 200 && last.code < 400;
  return (
    <Mark shape={isGood ? '✓' : '▲'} kind={isGood ? 'check-good' : 'state-issue'}>
      {last.outcome}
    </Mark>
  );
}
