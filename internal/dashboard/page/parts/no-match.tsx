import { show, withQuery } from '../route/current.ts';

/** What stands in place of a list of which nothing passes the filter, and the way to all of it. */
export function NoMatch({ what, text }: { what: string; text: string }) {
  return (
    <div class="no-match">
      <p>{text === '' ? `There is no ${what} now.` : `No ${what} matches “${text}”.`}</p>
      <button type="button" onClick={() => show(withQuery({ q: '', state: '', fav: '' }))}>
        Show all
      </button>
    </div>
  );
}
