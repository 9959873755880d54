import { effect } from '@preact/signals';

import { freshness, isAnythingKnown, services, tick, told } from '../live/store.ts';
import { redrawWith } from '../parts/redraw.ts';

/** What the icon of the tab says: the worst state of all services, or that nothing on the page is known to be true. */
type Look = 'issue' | 'deploy' | 'lost' | 'usual';

const icons: Readonly<Record<Look, string>> = {
  issue: new URL('./icon-issue.svg', import.meta.url).href,
  deploy: new URL('./icon-deploy.svg', import.meta.url).href,
  lost: new URL('./icon-lost.svg', import.meta.url).href,
  usual: document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '',
};

/** Has the icon of the tab follow the worst state. */
export function followWithIcon(): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (link === null) return;
  effect(() => {
    redrawWith(told, tick);
    const href = icons[lookNow()];
    if (link.href !== href) link.href = href;
  });
}

function lookNow(): Look {
  if (freshness.value === 'lost' || freshness.value === 'stale') return 'lost';
  if (!isAnythingKnown.value) return 'usual';
  if (services.counts.issue > 0) return 'issue';
  return services.counts.deploy > 0 ? 'deploy' : 'usual';
}
