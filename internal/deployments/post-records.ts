import type { Context } from 'koa';

import type { Pipeline } from '../pipeline/feature.ts';
import { recordBatches } from './columns.ts';
import { recordParser } from './record-parser.ts';

/** Returns the handler of `POST /records`: all records of a body are committed when it answers 200, or none is stored. */
export function postRecords({
  bodies,
  parser,
  shards,
  config,
}: Pipeline): (context: Context) => Promise<void> {
  const lanes = shards.lanes(recordBatches);
  // What no queue holds could never be taken, however often it came.
  const maxRecords = Math.min(config.MAX_BATCH_EVENTS, config.MAX_QUEUED_EVENTS);
  return (context) =>
    bodies.read(context.req, async (body) => {
      lanes.requireAnyRoom();
      const records = await parser.parse(recordParser, body, { maxRecords });
      const [component] = records.components;
      // One batch of one lane is one transaction. Which lane does not matter, but what is sent again finds the same
      // one, and then waits behind its first try instead of in the database.
      if (component !== undefined) {
        const lane = lanes.of(component);
        const commit = lane.append(records.components.length, ({ parts }) => parts.push(records));
        await shards.acknowledge([commit], context.res);
        bodies.count(context.req, records.components.length);
      }
      context.type = 'text/plain; charset=utf-8';
      context.body = 'Ok';
    });
}
