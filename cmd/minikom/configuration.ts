import { checksSection } from '../../internal/checks/config.ts';
import { readSections, type Environment } from '../../internal/config/config.ts';
import { pipelineSections } from '../../internal/config/pipeline.ts';
import { dashboardSection } from '../../internal/dashboard/config.ts';
import { notificationsSection } from '../../internal/notifications/config.ts';
import { servicesSection } from '../../internal/services/config.ts';

/** The whole configuration of the service. */
export type Config = ReturnType<typeof readConfig>;

/** The list of all sections, to which a feature adds its own; see docs/configuration.md. */
export const sections = [
  ...pipelineSections,
  servicesSection,
  checksSection,
  notificationsSection,
  dashboardSection,
] as const;

/** Reads them. Throws as `readSections` does. */
export function readConfig(environment: Environment, otherFaults: readonly string[] = []) {
  return readSections(sections, environment, otherFaults);
}
