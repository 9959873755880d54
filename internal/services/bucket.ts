/**
 * Services are spread over so many buckets, by the hash of their name. The bucket is the first column of the keys of
 * `services` and `observations`, every statement names it, and what is written of one bucket never needs a transaction
 * with another: so they can lie on different servers. The number is part of what is stored and never changes.
 */
export const BUCKETS = 64;

/**
 * The bucket of a service, in SQL `minikom_bucket(service_name)`: by the FNV-1a hash (32 bit) of its name's UTF-16 code
 * units. Not the shards' hash, which may be another tomorrow.
 */
export function bucketOf(serviceName: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < serviceName.length; index++) {
    hash = Math.imul(hash ^ serviceName.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % BUCKETS;
}
