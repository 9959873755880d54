import { toggleFavourite } from './favourites.ts';

/** Whether a service is a favourite, and what changes that. */
export function Star({ name, isFavourite }: { name: string; isFavourite: boolean }) {
  return (
    <button
      type="button"
      class="star"
      aria-pressed={isFavourite}
      aria-label="Mark as a favourite"
      title="A favourite, kept in this browser"
      onClick={() => toggleFavourite(name)}
    />
  );
}
