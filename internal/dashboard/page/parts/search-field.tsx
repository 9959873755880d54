import { route, show, withQuery } from '../route/current.ts';

/** Where one types what to find; it stands in the URL as `q`. The key `/` leads here. */
export function SearchField({ label, text, hint }: { label: string; text: string; hint?: string }) {
  return (
    <label class="search">
      <span class="unseen">{label}</span>
      <input
        type="search"
        placeholder="Search   /"
        value={text}
        {...(hint !== undefined && { title: hint })}
        data-search={route.value.view}
        // Pages of a list are those of one search.
        onInput={({ currentTarget }) =>
          show(withQuery({ q: currentTarget.value, cursor: '' }), { replace: true })
        }
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          show(withQuery({ q: '', cursor: '' }), { replace: true });
          event.currentTarget.blur();
        }}
      />
    </label>
  );
}
