import { checksSection } from '../../internal/checks/config.ts';
import { readSections, type Environment } from '../../internal/config/config.ts';
import { pipelineSections } from '../../internal/config/pipeline.ts';
import { servicesSection } from '../../internal/services/config.ts';

/** The whole configuration of the service. */
export type Config = ReturnType<typeof readConfig>;

/** Reads it: the list of all sections, to which a feature adds its own. Throws as `readSections` does. */
export function readConfig(environment: Environment, otherFaults: readonly string[] = []) {
  return readSections([...pipelineSections, servicesSection, checksSection], environment, otherFaults);
}
