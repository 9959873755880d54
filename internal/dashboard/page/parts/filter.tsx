import { show, withQuery } from '../route/current.ts';

/** Chooses which rows of a list in pages are shown, by one of their properties, which is in the URL's query. */
export function Filter({
  label,
  property,
  value,
  options,
}: {
  label: string;
  property: string;
  value: string;
  options: readonly string[];
}) {
  return (
    <label>
      {label}{' '}
      <select
        value={value}
        onChange={({ currentTarget }) => show(withQuery({ [property]: currentTarget.value, cursor: '' }))}
      >
        <option value="">all</option>
        {options.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
