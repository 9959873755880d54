import type { ComponentChildren } from 'preact';

import { Name } from '../parts/name.tsx';
import { Mark } from '../parts/state-mark.tsx';

/** Of the states that deploy tools use. */
const marks = new Map([
  ['started', ['●', 'state-deploy']],
  ['succeeded', ['✓', 'check-good']],
  ['failed', ['▲', 'state-issue']],
  ['rolled-back', ['▲', 'state-issue']],
]);

/** The state of a record, and what follows it. */
export function RecordState({ state, children }: { state: string; children?: ComponentChildren }) {
  const [shape = '·', kind = ''] = marks.get(state) ?? [];
  return (
    <Mark shape={shape} kind={kind}>
      <Name text={state} />
      {children}
    </Mark>
  );
}
