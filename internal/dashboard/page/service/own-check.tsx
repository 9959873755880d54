import { Outcome } from '../checks/outcome.tsx';
import { checks } from '../live/store.ts';
import { Link } from '../parts/link.tsx';
import { Ago } from '../parts/moment.tsx';
import { routeTo } from '../route/current.ts';

/** What the service's own check of this target came to, which may be why it is in issue; nothing if there is none. */
export function OwnCheck({ name }: { name: string }) {
  const check = checks.items.get(name);
  if (check === undefined) return null;
  const { last, failed, overdue, error, summary } = check;
  return (
    <p class="own-check">
      <Link to={routeTo('checks', name)}>Checked</Link> from here:{' '}
      <Outcome last={last} failed={failed} overdue={overdue} />
      <span class="muted">
        {last !== null && (
          <>
            {' '}
            <Ago at={Date.parse(last.timestamp) / 1000} />
          </>
        )}
        {failed && !overdue && error !== null && (
          <>
            {', '}
            <bdi>{error}</bdi>
          </>
        )}
        {summary.total > 0 && `, ${summary.failures} of ${summary.total} failed in five minutes`}
      </span>
    </p>
  );
}
