import type { ComponentChildren } from 'preact';

import type { State } from '../live/services-items.ts';

interface MarkProps {
  readonly shape: string;
  /** A class of the style sheet, which gives it its colour. */
  readonly kind: string;
  readonly children: ComponentChildren;
}

/** A state as shape, words and colour, each of which tells it alone. */
export function Mark({ shape, kind, children }: MarkProps) {
  return (
    <span class={`state ${kind}`}>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>
      {children}
    </span>
  );
}

const shapes: Readonly<Record<State, string>> = { issue: '▲', deploy: '●', idle: '–' };

/** The state of a service. */
export function StateMark({ state }: { state: State }) {
  return Mark({ shape: shapes[state], kind: `state-${state}`, children: state });
}
