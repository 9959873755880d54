import type { ReadonlySignal } from '@preact/signals';

/**
 * Draws the component that calls it anew whenever one of these changes, for what it reads besides signals. Returns
 * their values: reading a signal while drawing is what subscribes to it.
 */
export function redrawWith(...signals: readonly ReadonlySignal<unknown>[]): unknown[] {
  return signals.map(({ value }) => value);
}
