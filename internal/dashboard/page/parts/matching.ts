import { signal, type ReadonlySignal } from '@preact/signals';

/** Whether the window is as a media query wants it, now and after it has changed; for as long as the page is open. */
export function matching(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', () => (matches.value = list.matches));
  return matches;
}
