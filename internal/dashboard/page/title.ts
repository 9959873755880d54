import { effect } from '@preact/signals';

import { freshness, services, tick, told } from './live/store.ts';
import { redrawWith } from './parts/redraw.ts';
import { route } from './route/current.ts';
import { views } from './views.tsx';

/**
 * Has the title say what is shown, and how that is: a tab in the background tells, too. Nothing is drawn there, but it goes on to
 * tick. No component does it, as each message would draw that one anew.
 */
export function followWithTitle(): void {
  effect(() => {
    redrawWith(told, tick);
    const { view, name } = route.value;
    const title = `${mark()}${name ?? views[view].title} – Minikom`;
    if (document.title !== title) document.title = title;
  });
}

function mark(): string {
  if (freshness.value === 'lost' || freshness.value === 'stale') return '✕ ';
  return services.counts.issue > 0 ? `▲${services.counts.issue} ` : '';
}
