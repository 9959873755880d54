import { favourites, toggleFavourite } from './favourites.ts';

/** Whether a service is a favourite, and what changes that. */
export function Star({ name }: { name: string }) {
  const isMarked = favourites.value.has(name);
  return (
    <button
      type="button"
      class="star"
      aria-pressed={isMarked}
      aria-label="Mark as a favourite"
      title="A favourite, kept in this browser"
      onClick={() => toggleFavourite(name)}
    />
  );
}
