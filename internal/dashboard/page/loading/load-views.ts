import { awaited, prepareWith } from '../route/current.ts';
import type { Route } from '../route/route.ts';
import { partFor } from '../views.tsx';
import { beginAnewOnceFor, forgetBegunAnew } from './begin-anew.ts';
import { hindrance } from './hindrance.tsx';

/** Has each view loaded before it is shown, from the one on that the page was opened with. */
export function loadViews(): void {
  prepareWith((route) => {
    const part = partFor(route);
    return part.component === undefined ? load(part, route) : undefined;
  });
}

/** Resolves to whether it was loaded. */
async function load({ load }: ReturnType<typeof partFor>, route: Route): Promise<boolean> {
  try {
    await load();
    forgetBegunAnew();
    return true;
  } catch (error) {
    const isAwaited = () => awaited.peek() === route;
    const why = await beginAnewOnceFor(route.view, isAwaited);
    if (why !== undefined && isAwaited()) {
      reportError(error);
      hindrance.value = { route, why };
    }
    return false;
  }
}
