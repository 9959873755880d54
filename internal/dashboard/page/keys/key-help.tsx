import { isHelpShown, keyHelp } from './keys.ts';

/** Which keys there are, shown with `?`. */
export function KeyHelp() {
  if (!isHelpShown.value) return null;
  return (
    <aside class="keys" aria-label="Keys">
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
      <button type="button" onClick={() => (isHelpShown.value = false)}>
        Close
      </button>
    </aside>
  );
}
