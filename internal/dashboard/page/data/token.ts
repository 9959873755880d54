import { signal } from '@preact/signals';

const KEY = 'minikom.token';

/** The token to read with, kept for as long as the tab is open. */
export const token = signal<string | undefined>(sessionStorage.getItem(KEY) ?? undefined);

/** Whether the service asked for a token, or for another one. */
export const needsToken = signal(false);

export function setToken(value: string): void {
  sessionStorage.setItem(KEY, value);
  token.value = value;
  needsToken.value = false;
}
