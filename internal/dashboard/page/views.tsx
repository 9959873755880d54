import type { ComponentType } from 'preact';

import { ChangesView } from './changes/changes-view.tsx';
import { CheckView } from './checks/check-view.tsx';
import { ChecksView } from './checks/checks-view.tsx';
import { ComponentView, DeploymentsView } from './deployments/deployments-view.tsx';
import { JobsView, JobView } from './jobs/jobs-view.tsx';
import { NotificationsView } from './notifications/notifications-view.tsx';
import type { ViewName } from './route/route.ts';
import { ServiceView } from './service/service-view.tsx';
import { ServicesView } from './services/services-view.tsx';
import { WorkersView } from './workers/workers-view.tsx';

/** A view of the page: of all its things, and of one of them by name. */
export interface View {
  readonly title: string;
  readonly all: ComponentType;
  readonly one?: ComponentType<{ readonly name: string }>;
}

/** The list of all views. */
export const views: Readonly<Record<ViewName, View>> = {
  services: { title: 'Services', all: ServicesView, one: ServiceView },
  checks: { title: 'Checks', all: ChecksView, one: CheckView },
  workers: { title: 'Workers', all: WorkersView },
  deployments: { title: 'Deployments', all: DeploymentsView, one: ComponentView },
  jobs: { title: 'Jobs', all: JobsView, one: JobView },
  changes: { title: 'Changes', all: ChangesView },
  notifications: { title: 'Notifications', all: NotificationsView },
};
