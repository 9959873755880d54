import { hashOf } from '../shards/queue.ts';

/**
 * Services are spread over so many buckets, by the hash of their name. The bucket is the first column of the keys of
 * `services` and `observations`, every statement names it, and what is written of one bucket never needs a transaction
 * with another: so they can lie on different servers. The number is part of what is stored and never changes.
 */
export const BUCKETS = 64;

/** The bucket of a service. In SQL: `minikom_bucket(service_name)`. */
export function bucketOf(serviceName: string): number {
  return hashOf(serviceName) % BUCKETS;
}
