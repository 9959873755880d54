import type { Context } from 'koa';

import { answerJson } from '../frontdoor/answer.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { payloadBatches } from './batches.ts';
import { runKey } from './fold-runs.ts';
import { payloadParser } from './parse-payload.ts';
import type { Payload } from './payload.ts';
import { isOtherPayload } from './queries.ts';

/** Returns the handler of `POST /collect`: the whole payload is committed when it answers 200. */
export function postCollect(pipeline: Pipeline): (context: Context) => Promise<void> {
  const { bodies, parser, shards, config, now } = pipeline;
  const lanes = shards.lanes(payloadBatches);
  // What no queue holds could never be taken, however often it came.
  const maxMessages = Math.min(config.MAX_BATCH_EVENTS, config.MAX_QUEUED_EVENTS);

  async function store(body: Buffer): Promise<void> {
    const seenMs = Math.floor(now() * 1000);
    const payload = await parser.parse(payloadParser, body, { maxMessages });
    // A payload without messages takes a place in the queue as well, but counts for nothing.
    const { workerId } = lanes
      .of(runKey(payload))
      .appendWhole(Math.max(1, payload.messages), (columns) => columns.payloads.push({ ...payload, seenMs }));
    await shards.workers.acknowledge([{ workerId, events: payload.messages }]);
    // The answer does not wait for this, nor does it depend on it.
    void tellIfOther(pipeline, payload);
  }

  return async (context) => {
    await bodies.read(context.req, store);
    answerJson(context, '{"message":"received"}');
  };
}

/**
 * Warns of a payload that was taken for one that is stored, but holds other Spark events: the listener counts anew under
 * the same run, and what it sends is not stored.
 */
async function tellIfOther({ database, logger }: Pipeline, payload: Payload): Promise<void> {
  const { jobName, runId, payloadCounter, events } = payload;
  if (events === 0) return;
  try {
    if (!(await isOtherPayload(database, payload))) return;
    logger.warn({ jobName, runId, payloadCounter, events }, 'job payload repeated with other events');
  } catch (error) {
    logger.debug({ error }, 'job payload not compared');
  }
}
