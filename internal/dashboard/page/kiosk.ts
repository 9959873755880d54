import { effect } from '@preact/signals';

import { freshness } from './live/store.ts';

/** Whether the page is for a screen on a wall, as `?kiosk` ahead of the fragment says: larger, and nothing to operate. */
export const isKiosk = new URLSearchParams(location.search).has('kiosk');

/** Has the screen stay on, where the browser lets it, and begins anew after a loss: nobody is there to do it. */
export function keepAwake(): void {
  document.documentElement.dataset.kiosk = '';
  const wake = () => {
    if (!document.hidden && 'wakeLock' in navigator)
      navigator.wakeLock.request('screen').catch(() => undefined);
  };
  document.addEventListener('visibilitychange', wake);
  wake();
  let wasLost = false;
  effect(() => {
    // What answers again may be a newer version, with a newer page.
    if (freshness.value === 'live' && wasLost) location.reload();
    wasLost ||= freshness.value === 'lost';
  });
}
