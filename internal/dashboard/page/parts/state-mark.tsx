import type { State } from '../live/services-items.ts';

const shapes: Readonly<Record<State, string>> = { issue: '▲', deploy: '●', idle: '–' };

/** A state as shape, word and colour, each of which tells it alone. */
export function StateMark({ state }: { state: State }) {
  return (
    <span class={`state state-${state}`}>
      <span class="state-shape" aria-hidden="true">
        {shapes[state]}
      </span>
      {state}
    </span>
  );
}
