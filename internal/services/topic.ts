import type { ChangedKeys, ItemJson, Topic } from '../pipeline/topic.ts';
import { SERVICES_TOPIC } from './columns.ts';
import { newestIntervalOfEach } from './newest-interval.ts';
import type { ReadPipeline } from './read-pipeline.ts';
import { isOngoing, stateAt, type Interval } from './timeline.ts';

/** What `GET /live` tells of services: for each its state and since when, as `GET /services` does. */
export function servicesTopic({ settled, config, now }: ReadPipeline): Topic {
  /** The newest interval of each service that was not idle when it was read. */
  const ongoing = new Map<string, Interval>();
  return {
    name: SERVICES_TOPIC,
    async read(keys) {
      const names = keys === 'all' ? undefined : [...keys];
      const intervals = await newestIntervalOfEach(await settled(), config.GAP_SECONDS, names);
      const nowSeconds = now();
      if (keys === 'all') ongoing.clear();
      const items = new Map<string, ItemJson>();
      for (const [serviceName, interval] of intervals) {
        const { state, since } = stateAt(interval, nowSeconds, config.MAX_DELAY_SECONDS);
        items.set(serviceName, `{"state":"${state}","since":${since}}`);
        if (state === 'idle') ongoing.delete(serviceName);
        else ongoing.set(serviceName, interval);
      }
      return items;
    },
    // No report says that a service is idle: it is when none came for long enough.
    due(nowSeconds): ChangedKeys {
      // What changes is told when it is settled, which can take a while unless somebody wants to see it.
      settled().catch(() => undefined);
      const ended = new Set<string>();
      for (const [serviceName, interval] of ongoing) {
        if (!isOngoing(interval, nowSeconds, config.MAX_DELAY_SECONDS)) ended.add(serviceName);
      }
      return ended;
    },
  };
}
