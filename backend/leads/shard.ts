/** One part of the phones. */
export type Shard = Readonly<{ index: number; count: number }>

/** How many digits at the beginning of a phone's key tell its shard. */
export const shardDigits = 8

/** Which of `count` shards a phone belongs to, by its key in hex. */
export function shardOf(phoneKey: string, count: number): number {
  return count === 1 ? 0 : Number.parseInt(phoneKey.slice(0, shardDigits), 16) % count
}
