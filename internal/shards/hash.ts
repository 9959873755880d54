/**
 * The shard of a key: FNV-1a (32 bit) over UTF-16 code units, modulo the number of shards.
 * A key always falls on the same shard, in every process and version with the same number of shards.
 */
export function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
