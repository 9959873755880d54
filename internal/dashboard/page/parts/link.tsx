import type { ComponentChildren } from 'preact';

import { show } from '../route/current.ts';
import { formatRoute, type Route } from '../route/route.ts';

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
      onClick={(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        show(to);
      }}
    >
      {children}
    </a>
  );
}
