import type { ComponentChildren } from 'preact';

import { route, routeToAll } from '../route/current.ts';
import { Link } from './link.tsx';

/** The way back from one thing of a view to all of them. */
export function BackToAll() {
  const { view } = route.value;
  return <Link to={routeToAll(view)}>{`← All ${view}`}</Link>;
}

/** The name of one thing of a view, and the way back. */
export function Heading({ name, children }: { name: string; children?: ComponentChildren }) {
  return (
    <div class="heading">
      <BackToAll />
      <h1>
        <bdi>{name}</bdi>
      </h1>
      {children}
    </div>
  );
}
