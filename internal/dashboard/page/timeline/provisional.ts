import { signal } from '@preact/signals';

/** How long before now late reports may still change a timeline, in seconds; the service says it with each timeline. */
export const provisionalSeconds = signal(11);
