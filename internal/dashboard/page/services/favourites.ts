import { signal } from '@preact/signals';

import { keep, readKept } from '../data/kept.ts';

const KEY = 'minikom favourites';

/** The services that the reader marked; kept in this browser alone. */
export const favourites = signal<ReadonlySet<string>>(read());

/** Marks a service, or no longer. */
export function toggleFavourite(name: string): void {
  const next = new Set(favourites.value);
  if (!next.delete(name)) next.add(name);
  favourites.value = next;
  keep(KEY, JSON.stringify([...next]));
}

function read(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(readKept(KEY) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : []);
  } catch {
    return new Set();
  }
}
