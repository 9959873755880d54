import type { IncomingMessage } from 'node:http';

import { z } from 'zod';

import { endJson } from '../frontdoor/answer.ts';
import { isNdjson } from '../frontdoor/bodies.ts';
import { oneOf, readQuery } from '../frontdoor/query.ts';
import type { HotWrite } from '../frontdoor/route.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { eventBatches } from './batches.ts';
import {
  chooseShard,
  deliver,
  requireRoom,
  type Delivery,
  type Destination,
  type ReportIntake,
} from './delivery.ts';
import { parseIdempotencyKey, takeKey } from './idempotency.ts';
import { eventParser, type ParsedEvents, type GatherReports } from './parse.ts';
import { regroup } from './rows.ts';

/** Returns the handler of `POST /events`: all items of a body are committed when it answers 200, or none is stored. */
export function postEvents<Reports>(
  { bodies, parser, shards, database, config, now }: Pipeline,
  gather: GatherReports<Reports>,
  intake: ReportIntake<Reports>,
): HotWrite {
  const to: Destination<Reports> = { lanes: shards.lanes(eventBatches(now)), intake };
  const eventsOfBody = eventParser(gather);

  async function store(body: Buffer, request: BulkRequest): Promise<number> {
    const parsed = await parser.parse(eventsOfBody, body, {
      format: request.format,
      maxEvents: config.MAX_BATCH_EVENTS,
      batchSize: config.BATCH_SIZE,
      shards: to.lanes.shards,
      nowSeconds: now(),
      maxFutureSeconds: config.MAX_FUTURE_SECONDS,
      ...(request.key !== undefined && { hashWith: `${request.format} ${request.singleShard}` }),
    });
    const delivery: Delivery<Reports> = {
      parts: parsed.parts,
      reports: parsed.reports,
      items: parsed.accepted,
      firstShard: chooseShard(to.lanes.shards, request.key),
      singleShard: request.singleShard,
    };
    const commits = deliver(to, await withKey(delivery, request.key, parsed));
    await shards.acknowledge(commits);
    return parsed.accepted;
  }

  async function withKey(
    delivery: Delivery<Reports>,
    key: string | undefined,
    { bodyHash, partSize }: ParsedEvents<Reports>,
  ): Promise<Delivery<Reports>> {
    if (key === undefined || bodyHash === undefined) return delivery;
    // Looked at already here, so that a service with full queues does not bother the database as well.
    requireRoom(to, delivery);
    const taken = await takeKey(database, key, bodyHash, partSize);
    const parts = taken.partSize === partSize ? delivery.parts : regroup(delivery.parts, taken.partSize);
    return { ...delivery, parts, key: taken };
  }

  return async (request, response, requestId) => {
    const asked = readRequest(request);
    const accepted = await bodies.read(request, (body) => store(body, asked));
    endJson(response, requestId, `{"accepted":${accepted}}`);
  };
}

const bulkQuery = z.object({ single_shard: oneOf('true', 'false').default('false') });

/** What a bulk request says besides its body. */
interface BulkRequest {
  readonly format: 'array' | 'ndjson';
  readonly singleShard: boolean;
  readonly key: string | undefined;
}

function readRequest({ url = '', headers }: IncomingMessage): BulkRequest {
  const query = url.indexOf('?');
  const { single_shard: singleShard } = readQuery(
    bulkQuery,
    query === -1 ? {} : new URLSearchParams(url.slice(query)),
  );
  return {
    format: isNdjson({ headers }) ? 'ndjson' : 'array',
    singleShard: singleShard === 'true',
    key: parseIdempotencyKey(headers['idempotency-key']),
  };
}
