import type { ServerResponse } from 'node:http';

import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { payloadBatches } from './batches.ts';
import { runKey } from './fold-runs.ts';
import { payloadParser } from './parse-payload.ts';

/** Returns the handler of `POST /collect`: the whole payload is committed when it answers 200. */
export function postCollect({
  bodies,
  parser,
  shards,
  config,
  now,
}: Pipeline): (context: Context) => Promise<void> {
  const lanes = shards.lanes(payloadBatches);
  // What no queue holds could never be taken, however often it came.
  const maxMessages = Math.min(config.MAX_BATCH_EVENTS, config.MAX_QUEUED_EVENTS);

  async function store(body: Buffer, answer: ServerResponse): Promise<number> {
    lanes.requireAnyRoom();
    const seenMs = Math.floor(now() * 1000);
    const payload = await parser.parse(payloadParser, body, { maxMessages });
    // A payload without messages takes a place in the queue as well, but counts for nothing.
    const { committedBy } = lanes
      .of(runKey(payload))
      .append(Math.max(1, payload.messages), (columns) => columns.payloads.push({ ...payload, seenMs }));
    await shards.acknowledge([{ committedBy, events: payload.messages }], answer);
    return payload.messages;
  }

  return async (context) => {
    bodies.count(context.req, await bodies.read(context.req, (body) => store(body, context.res)));
    answerJson(context, '{"message":"received"}');
  };
}
