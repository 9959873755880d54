import type { ClientBase } from 'pg';

import type { Sink } from '../shards/worker.ts';
import { checkBatches, type CheckBatch } from './batches.ts';

/** Adds the batch's checks to those already stored; one that is there already changes nothing. */
export const checkSink: Sink<CheckBatch> = {
  name: checkBatches.sink,
  singleStatement: true,
  async write(client: ClientBase, { checks }: CheckBatch): Promise<void> {
    await client.query({
      name: 'add checks',
      // In the order of the key, so that two flushes cannot wait for each other.
      text: `
        insert into checks (target, checked_ms, code, outcome, failed, latency_ms, error, certificate_end_ms)
        select target, checked_ms, code, outcome, failed, latency_ms, error, certificate_end_ms
        from unnest(
          $1::text[], $2::int8[], $3::int4[], $4::text[], $5::boolean[], $6::float8[], $7::text[], $8::int8[]
        ) as ended (target, checked_ms, code, outcome, failed, latency_ms, error, certificate_end_ms)
        order by target collate "C", checked_ms
        on conflict (target, checked_ms) do nothing`,
      values: [
        checks.map(({ target }) => target),
        checks.map(({ checkedMs }) => checkedMs),
        checks.map(({ code }) => code),
        checks.map(({ outcome }) => outcome),
        checks.map(({ failed }) => failed),
        checks.map(({ latencyMs }) => latencyMs),
        checks.map(({ error }) => error),
        checks.map(({ certificateEndMs }) => certificateEndMs),
      ],
    });
  },
};
