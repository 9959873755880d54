import type { ChangedKeys, ItemJson, Topic } from '../../pipeline/topic.ts';
import { allNewest, newestIntervals, type NewestInterval } from '../history/newest.ts';
import { isOngoing, stateAt } from '../timeline.ts';
import type { Reading } from './one-service.ts';

/** What `GET /live` calls the services. */
export const SERVICES_TOPIC = 'services';

/**
 * What `GET /live` tells of services: for each its state and since when, as `GET /services` does. `tellChanges` has it said
 * which services were reported meanwhile.
 */
export function servicesTopic({ source, config, now }: Reading, tellChanges: () => void): Topic {
  const maxDelaySeconds = config.MAX_DELAY_SECONDS;
  /** The newest interval of each service that was not idle when it was read. */
  const ongoing = new Map<string, NewestInterval>();
  return {
    name: SERVICES_TOPIC,
    async read(keys) {
      const newest: NewestInterval[] = [];
      if (keys !== 'all') newest.push(...(await newestIntervals(source, { serviceNames: [...keys] })));
      else for await (const some of allNewest(source)) newest.push(...some);
      const nowSeconds = now();
      if (keys === 'all') ongoing.clear();
      const items = new Map<string, ItemJson>();
      for (const one of newest) {
        const { serviceName, interval, gapSeconds } = one;
        const { state, since } = stateAt(interval, nowSeconds, { gapSeconds, maxDelaySeconds });
        items.set(serviceName, `{"state":"${state}","since":${since}}`);
        if (state === 'idle') ongoing.delete(serviceName);
        else ongoing.set(serviceName, one);
      }
      return items;
    },
    // No report says that a service is idle: it is when none came for long enough.
    due(nowSeconds): ChangedKeys {
      tellChanges();
      const ended = new Set<string>();
      for (const { serviceName, interval, gapSeconds } of ongoing.values()) {
        if (!isOngoing(interval, nowSeconds, { gapSeconds, maxDelaySeconds })) ended.add(serviceName);
      }
      return ended;
    },
  };
}
