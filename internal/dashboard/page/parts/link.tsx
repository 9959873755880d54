import type { ComponentChildren } from 'preact';

import { show } from '../route/current.ts';
import { formatRoute, parseRoute, type Route } from '../route/route.ts';

interface LinkProps {
  readonly to: Route;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly label?: string;
}

/** A link to another view, which also opens in a tab of its own. */
export function Link({ to, children, class: className, isCurrent, label }: LinkProps) {
  return (
    <a
      href={formatRoute(to)}
      {...(className !== undefined && { class: className })}
      {...(label !== undefined && { 'aria-label': label })}
      aria-current={isCurrent === true ? 'page' : undefined}
    >
      {children}
    </a>
  );
}

// One listener for all links, of which there are hundreds.
addEventListener('click', (event) => {
  const { target, button, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
  if (ctrlKey || metaKey || shiftKey || button !== 0 || defaultPrevented) return;
  const href = target instanceof Element ? target.closest('a')?.getAttribute('href') : undefined;
  if (href?.startsWith('#/') !== true) return;
  event.preventDefault();
  show(parseRoute(href));
});
