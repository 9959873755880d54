import { AsyncLocalStorage } from 'node:async_hooks';

import type { SpanContext } from '@opentelemetry/api';

/**
 * The span of the request that is being served, where it is traced: whoever gathers what several requests wait for may keep
 * it. Costs nothing as long as nothing is traced.
 */
export const traced = new AsyncLocalStorage<SpanContext>();
