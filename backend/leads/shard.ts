/** Which of `count` shards a phone belongs to, by its key in hex. */
export function shardOf(phoneKey: string, count: number): number {
  return count === 1 ? 0 : Number.parseInt(phoneKey.slice(0, 8), 16) % count
}
