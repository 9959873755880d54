import { computed } from '@preact/signals';

import { route } from '../route/current.ts';

const local = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whether times are shown in UTC instead of the reader's own zone; it stands in the URL. */
export const isUtc = computed(() => route.value.query.utc === '1');

/** The IANA name of the zone in which times are shown. */
export const zone = computed(() => (isUtc.value ? 'UTC' : local));
