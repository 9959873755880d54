import type { FieldError } from '../frontdoor/problem.ts';
import type { Commit } from '../shards/queue.ts';

/**
 * What happens to the reports inside a bulk request: another feature's business, which cmd/ passes in. `Reports` is
 * plain data that only that feature looks into; it crosses the thread boundary by structured clone.
 */

/** Checks and gathers the reports of one request, where it is parsed. */
export interface ReportGatherer<Reports> {
  /**
   * Checks one item's fields as `POST /event` does, and gathers the report if nothing is wrong. `second` is
   * undefined where the item's timestamp is refused already; then the rest is only checked.
   */
  add(serviceName: unknown, state: unknown, second: number | undefined): readonly FieldError[];
  /** All that were gathered; called once, at the end. */
  finish(): Reports;
}

/** How a body is scanned; timestamps are held against a clock in unix seconds. */
export interface ScanOptions {
  readonly format: 'array' | 'ndjson';
  readonly shards: number;
  readonly batchSize: number;
  readonly nowSeconds: number;
  readonly maxFutureSeconds: number;
  /** More items than that are too many. */
  readonly maxEvents: number;
}

/** How the reports of requests are gathered. */
export interface GatherReports<Reports> {
  /** Makes the gatherer of one request; `shards` is the number of shards, `batchSize` the most events of a batch. */
  begin(shards: number, batchSize: number): ReportGatherer<Reports>;
  /**
   * Gathers all reports of a body at once, if it holds nothing but what can be read without looking at each item. Whatever
   * it returns undefined for is read item by item, and only then is it known what is wrong with a body.
   */
  scan?(
    body: Buffer,
    options: ScanOptions,
  ): { readonly reports: Reports; readonly items: number } | undefined;
  /** The buffers of gathered reports that are moved to the other thread instead of copied. */
  buffersOf(reports: Reports): ArrayBuffer[];
}

/** Queues gathered reports, on the front door's thread. */
export interface ReportIntake<Reports> {
  /** How many reports go to each shard, by shard id. */
  loads(reports: Reports): readonly number[];
  /** Throws an UnavailableError unless all of them would be taken now. */
  requireRoom(reports: Reports): void;
  /** Queues all of them and returns their commits. There must be room for all. */
  append(reports: Reports): Commit[];
}
