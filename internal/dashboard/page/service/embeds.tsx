import { serviceUrl } from '../data/service-url.ts';
import { Copyable } from '../parts/copyable.tsx';

/** How to show the service in other pages. */
export function Embeds({ name }: { name: string }) {
  if (name === '.' || name === '..') return null;
  const path = serviceUrl(`/services/${encodeURIComponent(name)}`);
  const badge = `[![${name.replaceAll(/[[\]\\]/g, '\\$&')}](${path}/badge.svg)](${serviceUrl('/')}#/services/${encodeURIComponent(name)})`;
  return (
    <details class="card">
      <summary>Show this service elsewhere</summary>
      <p>As a badge and as the last hour, for READMEs and wikis:</p>
      <Copyable label="Markdown of the badge" text={badge} />
      <Copyable label="Markdown of the timeline" text={`![the last hour](${path}/timeline.svg)`} />
    </details>
  );
}
