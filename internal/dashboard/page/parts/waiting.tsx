import { freshness } from '../live/store.ts';

/** What stands in place of a view while nothing is known of what it shows. */
export function Waiting() {
  return (
    <p class="waiting">
      {freshness.value === 'lost'
        ? 'Nothing is known yet: the service does not answer.'
        : 'Waiting for the service…'}
    </p>
  );
}
