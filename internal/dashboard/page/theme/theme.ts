import { effect, signal } from '@preact/signals';

import { keep, readKept } from '../data/kept.ts';

/** Light, dark, or as the reader's system has it. */
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'minikom.theme';

export const theme = signal<Theme>(stored());
/** Rises when colours change: what is drawn on a canvas has to be drawn anew. */
export const colourVersion = signal(0);

effect(() => {
  const { documentElement } = document;
  if (theme.value === 'auto') delete documentElement.dataset.theme;
  else documentElement.dataset.theme = theme.value;
  keep(KEY, theme.value);
  colourVersion.value = colourVersion.peek() + 1;
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colourVersion.value++);

export function nextTheme(): void {
  theme.value = theme.value === 'auto' ? 'light' : theme.value === 'light' ? 'dark' : 'auto';
}

function stored(): Theme {
  const value = readKept(KEY);
  return value === 'light' || value === 'dark' ? value : 'auto';
}
