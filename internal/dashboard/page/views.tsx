import type { ComponentType } from 'preact';

import { laterPart, partOf, type Part } from './loading/part.ts';
import type { Route, ViewName } from './route/route.ts';
import { ServicesView } from './services/services-view.tsx';

type All = ComponentType;
type One = ComponentType<{ readonly name: string }>;

/** A view of the page: of all its things, and of one of them by name. */
export interface View {
  readonly title: string;
  readonly all: Part<All>;
  readonly one?: Part<One>;
}

/** The list of all views. The page begins with the first one; what nobody looks at is not loaded, and takes no memory. */
export const views: Readonly<Record<ViewName, View>> = {
  services: {
    title: 'Services',
    all: partOf<All>(ServicesView),
    one: laterPart<One>(async () => (await import('./service/service-view.tsx')).ServiceView),
  },
  checks: {
    title: 'Checks',
    all: laterPart<All>(async () => (await import('./checks/checks-view.tsx')).ChecksView),
    one: laterPart<One>(async () => (await import('./checks/check-view.tsx')).CheckView),
  },
  workers: {
    title: 'Workers',
    all: laterPart<All>(async () => (await import('./workers/workers-view.tsx')).WorkersView),
  },
  deployments: {
    title: 'Deployments',
    all: laterPart<All>(async () => (await import('./deployments/deployments-view.tsx')).DeploymentsView),
    one: laterPart<One>(async () => (await import('./deployments/deployments-view.tsx')).ComponentView),
  },
  jobs: {
    title: 'Jobs',
    all: laterPart<All>(async () => (await import('./jobs/jobs-view.tsx')).JobsView),
    one: laterPart<One>(async () => (await import('./jobs/jobs-view.tsx')).JobView),
  },
  changes: {
    title: 'Changes',
    all: laterPart<All>(async () => (await import('./changes/changes-view.tsx')).ChangesView),
  },
  notifications: {
    title: 'Notifications',
    all: laterPart<All>(
      async () => (await import('./notifications/notifications-view.tsx')).NotificationsView,
    ),
  },
};

/** What draws a route: of a view that has nothing behind a name, all of it. */
export function partFor({ view, name }: Route): View['all'] | NonNullable<View['one']> {
  const { all, one } = views[view];
  return name === undefined ? all : (one ?? all);
}
