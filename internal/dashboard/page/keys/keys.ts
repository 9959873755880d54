import { signal } from '@preact/signals';

import { routeTo, show } from '../route/current.ts';
import { viewNames } from '../route/route.ts';

/** What each key does, as the help tells it. */
export const keyHelp: readonly (readonly [key: string, deed: string])[] = [
  ['/', 'search'],
  ['1 – 7', viewNames.join(', ')],
  ['↑ ↓', 'move between rows'],
  ['+ − ← → 0', 'zoom, move and reset a timeline'],
  ['Shift ← →', 'read one interval of it after another'],
  ['drag', 'zoom into a part of a bar, an axis or a graph'],
  ['m', 'mute the service that is shown'],
  ['Esc', 'clear the search, close this'],
  ['?', 'show or hide this'],
];

export const isHelpShown = signal(false);

/** Listens to the keys that work everywhere but in fields. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') isHelpShown.value = false;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const view = viewNames[Number(event.key) - 1];
    if (event.key === '/') focusSearch();
    else if (event.key === '?') isHelpShown.value = !isHelpShown.value;
    else if (event.key === 'm') document.querySelector<HTMLElement>('[data-mute]')?.click();
    else if (view !== undefined) show(routeTo(view));
    else return;
    event.preventDefault();
  });
}

function focusSearch(): void {
  if (focusField()) return;
  show(routeTo('services'));
  // The view has to be drawn first.
  requestAnimationFrame(focusField);
}

function focusField(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-search]');
  field?.focus();
  field?.select();
  return field !== null;
}
