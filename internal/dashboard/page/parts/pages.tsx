import { route, withQuery } from '../route/current.ts';
import { Link } from './link.tsx';

/** The ways from one page of a list to the next, and back to its beginning; the cursor stands in the URL. */
export function Pages({ next }: { next: string | null }) {
  return (
    <p class="pages">
      {(route.value.query.cursor ?? '') !== '' && <Link to={withQuery({ cursor: '' })}>Newest</Link>}{' '}
      {next !== null && <Link to={withQuery({ cursor: next })}>Older</Link>}
    </p>
  );
}
