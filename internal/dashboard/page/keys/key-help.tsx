import { AlertOptions } from '../alerts/alert-options.tsx';
import type { State } from '../live/services-items.ts';
import { StateMark } from '../parts/state-mark.tsx';
import { isHelpShown, keyHelp } from './keys.ts';

const meanings: readonly (readonly [state: State, meaning: string])[] = [
  ['issue', 'An agent says that something is wrong. It fills the height of a bar.'],
  ['deploy', 'An agent says that it is being deployed. It fills most of the height.'],
  [
    'idle',
    'Nobody says anything: all is well, or the agent is dead. Agents report nothing else, so that the two look the same.',
  ],
];

/** What the states mean, and which keys there are, shown with `?`. */
export function KeyHelp() {
  if (!isHelpShown.value) return null;
  return (
    <aside class="keys" aria-label="Help">
      <h2>What is shown</h2>
      <dl>
        {meanings.map(([state, meaning]) => (
          <div key={state}>
            <dt>
              <StateMark state={state} />
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
        <div>
          <dt>dotted</dt>
          <dd>Nothing is known there.</dd>
        </div>
        <div>
          <dt>pale</dt>
          <dd>
            At the right end: late reports may still change it. Elsewhere: many intervals, full as far up as
            their share.
          </dd>
        </div>
      </dl>
      <h2>Keys</h2>
      <dl>
        {keyHelp.map(([key, deed]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{deed}</dd>
          </div>
        ))}
      </dl>
      <AlertOptions />
      <button type="button" onClick={() => (isHelpShown.value = false)}>
        Close
      </button>
    </aside>
  );
}
