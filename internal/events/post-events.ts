import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import { endJson } from '../frontdoor/answer.ts';
import { isNdjson } from '../frontdoor/bodies.ts';
import { oneOf, readQuery } from '../frontdoor/query.ts';
import type { HotWrite } from '../frontdoor/route.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { type Commit, shardOf } from '../shards/queue.ts';
import type { Lanes } from '../shards/shards.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import { eventBatches, type EventColumns, type QueuedPart } from './batches.ts';
import { Keys, parseIdempotencyKey, type TakenKey } from './idempotency.ts';
import { eventParser, type ParsedEvents, type GatherReports } from './parse.ts';
import { regroup, type EventPart } from './rows.ts';

/** Queues gathered reports, on the front door's thread. */
export interface ReportIntake<Reports> {
  /** Throws an UnavailableError unless all of them would be taken now. Returns how many go to each shard, by shard id. */
  requireRoom(reports: Reports): readonly number[];
  /** Queues all of them and returns their commits. There must be room for all. */
  append(reports: Reports): Commit[];
}

// Of what a request may take, so much of it to have its key.
const KEY_SHARE = 0.5;

/** Returns the handler of `POST /events`: all items of a body are committed when it answers 200, or none is stored. */
export function postEvents<Reports>(
  { bodies, parser, shards, writes, config, now }: Pipeline,
  gather: GatherReports<Reports>,
  intake: ReportIntake<Reports>,
): HotWrite {
  const to: Destination<Reports> = { lanes: shards.lanes(eventBatches(now)), intake, promised: [] };
  const eventsOfBody = eventParser(gather);
  const keys = new Keys(writes, { isCluster: config.DISTRIBUTE !== undefined });
  const outlook = new Outlook();
  const arriving = new Arriving(() => to.lanes.evenRoom, config.MAX_BATCH_EVENTS);

  /**
   * Throws an UnavailableError for a request that could hardly be taken: under overload most are refused, and to parse them for
   * that, or to read a large one, would take the time of those that are not.
   */
  function requireOutlook({ key }: BulkRequest): void {
    if (key !== undefined) keys.requireWithin(config.FLUSH_TIMEOUT_MS * KEY_SHARE);
    to.lanes.requireAnyRoom();
  }

  /** `onQueued` is called when all of it is queued. */
  async function store(
    body: Buffer,
    request: BulkRequest,
    response: ServerResponse,
    onQueued: () => void,
  ): Promise<number> {
    const deadlineMs = performance.now() + config.FLUSH_TIMEOUT_MS;
    if (!isLarge(request.bytes)) {
      requireOutlook(request);
      if (outlook.isBad(performance.now())) throw new UnavailableError('queue-full', 'The queue is full.');
    }
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
      shardOfPart: chooseShards(to.lanes.shards, request),
    };
    // Looked at already here, so that a service with full queues does not bother the database as well. Those that wait for their
    // keys at once do not find all that they wait for taken by one another.
    const loads = outlook.watch(() => requireRoom(to, delivery, to.promised));
    arriving.learn(request.bytes, loads);
    const commits = deliver(to, await withKey(delivery, loads, request.key, parsed, deadlineMs));
    onQueued();
    await shards.acknowledge(commits, response);
    return parsed.accepted;
  }

  async function withKey(
    delivery: Delivery<Reports>,
    loads: readonly number[],
    key: string | undefined,
    { bodyHash, partSize }: ParsedEvents<Reports>,
    deadlineMs: number,
  ): Promise<Delivery<Reports>> {
    if (key === undefined || bodyHash === undefined) return delivery;
    promise(to, loads, 1);
    const taken = await keys
      .take({ key, bodyHash, partSize, deadlineMs })
      .finally(() => promise(to, loads, -1));
    // A repeated request must have the parts of its first try, which may have run under another BATCH_SIZE.
    const regrouped = () => regroup(Buffer.concat(delivery.parts.map(({ rows }) => rows)), taken.partSize);
    const parts = taken.partSize === partSize ? delivery.parts : regrouped();
    return { ...delivery, parts, key: taken };
  }

  return async (request, response, requestId) => {
    const asked = readRequest(request);
    let arrived = (): void => undefined;
    const admit = (): void => {
      if (!isLarge(asked.bytes)) return;
      requireOutlook(asked);
      arrived = arriving.admit(asked.bytes);
    };
    try {
      const accepted = await bodies.read(request, (body) => store(body, asked, response, arrived), admit);
      bodies.count(request, accepted);
      endJson(response, requestId, `{"accepted":${accepted}}`);
    } finally {
      arrived();
    }
  };
}

export const bulkQuery = z.object({
  single_shard: oneOf('true', 'false')
    .default('false')
    .describe(
      'true: one random shard takes all payload events of the request, instead of all shards. Reports keep their own shard.',
    ),
});

/** What a bulk request says besides its body. */
interface BulkRequest {
  readonly format: 'array' | 'ndjson';
  readonly singleShard: boolean;
  readonly key: string | undefined;
  /** Of its body; not a number where that is not said, as of what is compressed. */
  readonly bytes: number;
}

function readRequest({ url = '', headers }: IncomingMessage): BulkRequest {
  const query = url.indexOf('?');
  return {
    format: isNdjson({ headers }) ? 'ndjson' : 'array',
    singleShard: query !== -1 && readQuery(bulkQuery, url.slice(query + 1)).single_shard === 'true',
    key: parseIdempotencyKey(headers['idempotency-key']),
    bytes: headers['content-encoding'] === undefined ? Number(headers['content-length'] ?? NaN) : NaN,
  };
}

// Of the bodies that are likely to be refused one in so many is parsed all the same, to see whether it is.
const TRIED = 8;
const LIKELY = 0.5;
const OF_THE_NEXT = 0.3;
// What was so longer ago is no more known.
const KNOWN_FOR_MS = 100;

/** Whether there is hope for a body that is not parsed yet, by what became of those before it. */
export class Outlook {
  #refusedShare = 0;
  #refusedAtMs = -Infinity;
  #unparsed = 0;

  /** Whether a request that comes now is to be refused as it is. */
  isBad(nowMs: number): boolean {
    if (this.#refusedShare < LIKELY || nowMs - this.#refusedAtMs > KNOWN_FOR_MS) return false;
    return ++this.#unparsed % TRIED !== 0;
  }

  /** Takes note of whether there was room for a body that was parsed; throws what `requireRoom` throws. */
  watch<Room>(requireRoom: () => Room, nowMs = performance.now()): Room {
    try {
      const room = requireRoom();
      this.#refusedShare *= 1 - OF_THE_NEXT;
      return room;
    } catch (error) {
      this.#refusedShare += OF_THE_NEXT * (1 - this.#refusedShare);
      this.#refusedAtMs = nowMs;
      throw error;
    }
  }
}

// A body of so many bytes takes longer to read than a connection to make anew, which takes who was refused without being read.
const LARGE_BYTES = 262_144;
const isLarge = (bytes: number): boolean => bytes >= LARGE_BYTES;
// Until it is known better, as if so many events of so many bytes had come.
const FIRST = { bytes: 1_000_000, events: 10_000 };
// Who takes longer to send is not waited for: others would be refused for what may never come.
const ARRIVES_WITHIN_MS = 1000;

/**
 * Large bodies that are being read and parsed. Once they are likely to fill the queues, others are refused by their headers:
 * two hundred clients with a megabyte each would be read, all of them a little at a time, to be refused seconds later.
 */
export class Arriving {
  readonly #room: () => number;
  readonly #mostEvents: number;
  readonly #withinMs: number;
  /** As far as they are likely to hold them. */
  #events = 0;
  #refused = 0;
  /** What came of late, the less of it the longer ago. */
  #known = FIRST;

  /** `room`: how many events may be queued now; `mostEvents`: no body has more. */
  constructor(room: () => number, mostEvents: number, withinMs = ARRIVES_WITHIN_MS) {
    this.#room = room;
    this.#mostEvents = mostEvents;
    this.#withinMs = withinMs;
  }

  /**
   * Counts a body of so many bytes until it is there: call what this returns when it is, at least once. Throws an
   * UnavailableError for one that is not likely to be taken, but for one of eight: nobody who announces much shuts out others.
   */
  admit(bytes: number): () => void {
    // Whole ones: of parts something would be left once all were taken away again.
    const events = Math.min(this.#mostEvents, Math.ceil((bytes * this.#known.events) / this.#known.bytes));
    // One alone may be as large as it likes: it is told of itself what is wrong.
    const isTooMuch = this.#events > 0 && this.#events + events > this.#room();
    if (isTooMuch && ++this.#refused % TRIED !== 0) {
      throw new UnavailableError('queue-full', 'Too many large bodies are on their way.');
    }
    this.#events += events;
    let left = events;
    const arrived = (): void => {
      this.#events -= left;
      left = 0;
      clearTimeout(timer);
    };
    const timer = setTimeout(arrived, this.#withinMs).unref();
    return arrived;
  }

  /** Takes note of how many events a body had, by shard. */
  learn(bytes: number, loads: readonly number[]): void {
    if (!isLarge(bytes)) return;
    const events = loads.reduce((sum, load) => sum + load, 0);
    const before = 1 - OF_THE_NEXT;
    this.#known = { bytes: before * this.#known.bytes + bytes, events: before * this.#known.events + events };
  }
}

/** What one request stores, and where its parts go. */
interface Delivery<Reports> {
  readonly parts: readonly EventPart[];
  readonly reports: Reports;
  /** How many items it has. */
  readonly items: number;
  readonly shardOfPart: (part: number) => number;
  readonly key?: TakenKey;
}

/** Where requests are delivered to. */
interface Destination<Reports> {
  readonly lanes: Lanes<EventColumns>;
  readonly intake: ReportIntake<Reports>;
  /** By shard, how many events of requests wait for their keys to be queued. */
  readonly promised: number[];
}

/** Where a request's parts go: one shard after the other, or all to one. It begins at any, but with a key always at the same. */
function chooseShards(shards: number, { key, singleShard }: BulkRequest): (part: number) => number {
  const first = key === undefined ? Math.floor(Math.random() * shards) : shardOf(key, shards);
  return (part) => (singleShard ? first : (first + part) % shards);
}

/**
 * Throws an UnavailableError unless reports are taken and all shards concerned have room for their share of the request, beside
 * what is promised. Returns the shares, by shard.
 */
function requireRoom<Reports>(
  to: Destination<Reports>,
  delivery: Delivery<Reports>,
  promised: readonly number[] = [],
): readonly number[] {
  const loads = [...to.intake.requireRoom(delivery.reports)];
  for (const [index, { events }] of delivery.parts.entries()) {
    const shard = delivery.shardOfPart(index);
    loads[shard] = (loads[shard] ?? 0) + events;
  }
  for (const [shard, events] of loads.entries()) {
    if (events > 0) to.lanes.at(shard).requireRoom(events + (promised[shard] ?? 0));
  }
  return loads;
}

/** Promises room to a request, or takes that back. */
function promise<Reports>({ promised }: Destination<Reports>, loads: readonly number[], sign: 1 | -1): void {
  for (const [shard, events] of loads.entries()) promised[shard] = (promised[shard] ?? 0) + sign * events;
}

/** Queues the whole request, or nothing of it. Its commits add up to its items. */
function deliver<Reports>(to: Destination<Reports>, delivery: Delivery<Reports>): Commit[] {
  requireRoom(to, delivery);
  const { key } = delivery;
  const reports = to.intake.append(delivery.reports);
  // An item that is a report and a payload event too is queued twice, but it is one event.
  let uncounted = delivery.items - reports.reduce((sum, { events }) => sum + events, 0);
  const parts = delivery.parts.map((part, index): Commit => {
    const queued: QueuedPart = key ? { ...part, repeatable: { keyId: key.keyId, part: index } } : part;
    const lane = to.lanes.at(delivery.shardOfPart(index));
    const { committedBy } = lane.append(part.events, (columns) => columns.parts.push(queued));
    const events = Math.min(part.events, uncounted);
    uncounted -= events;
    return { events, committedBy };
  });
  return [...reports, ...parts];
}
