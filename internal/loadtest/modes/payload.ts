import { randomOf } from '../../program/random.ts';
import { namePrefix, plannedBatches, seen, type LoadPlan, type PlannedEvent } from '../load-plan.ts';
import type { Mode } from './mode.ts';

/** Arrays of payload events. */
export const payload: Mode = {
  name: 'payload',
  summary: 'POST /events, an array of {timestamp, data}',
  path: '/events',
  defaultBatch: 10_000,
  mostBatch: 1_000_000,
  needsIdempotencyKey: true,
  *bodies(plan) {
    const write = payloadWriter(plan);
    for (const batch of plannedBatches(plan)) {
      yield { text: `[${batch.map(write).join(',')}]`, events: batch.length };
    }
  },
};

const methods = ['GET', 'GET', 'GET', 'POST', 'PUT'];
const paths = ['/', '/orders', '/orders/search', '/users/me', '/carts/items', '/health'];
const statuses = [200, 200, 200, 201, 204, 304, 404, 500];

/** Lines of an access log, 120 to 160 bytes of data each. */
function payloadWriter(plan: LoadPlan): (event: PlannedEvent) => string {
  const prefix = namePrefix(plan);
  return ({ service, sighting }) => {
    const { second } = seen(sighting);
    // From the event alone, so that a repetition says the same.
    const random = randomOf(plan.seed ^ Math.imul(service + 1, 0x9e3779b1) ^ sighting);
    const oneOf = (list: readonly unknown[]) => String(list[Math.floor(random() * list.length)]);
    const time = new Date((plan.startSecond + second + random()) * 1000).toISOString();
    const trace = Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
    const data =
      `{"host":"${prefix}${service}","method":"${oneOf(methods)}","path":"${oneOf(paths)}",` +
      `"status":${oneOf(statuses)},"duration_ms":${(random() * 400).toFixed(2)},` +
      `"bytes":${Math.floor(random() * 90_000)},"trace_id":"${trace}"}`;
    return `{"timestamp":"${time}","data":${data}}`;
  };
}
