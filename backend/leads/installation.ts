export type Installation = Readonly<{
  /** Stands in its database and goes wherever that goes; every other store bears it, so that nobody works on another's. */
  id: string
  /**
   * The high-water mark of the database, a moment in milliseconds. It only ever rises, and is told to Redis once it has: a
   * database that holds a lower one than Redis was put back to an earlier state.
   */
  highWaterMs: number
  /** Into how many shards it divides phones in Redis; absent until that is noted. */
  redisShards?: number
}>

/** What to do where REDIS_SHARDS is another than this installation began with. */
export function dividesOtherwise(theirs: number, ours: number): string {
  return `this installation divides phones into ${ours} shards, and REDIS_SHARDS makes it ${theirs}: what waits in the others would not be found. Set it to ${ours}, or, once every queue is empty, change it for good with \`bun run stores:adopt\``
}

/** What to do where a store bears the mark of another installation; `store` as in "REDIS_URL leads to Redis". */
export function belongsToAnother(store: string, theirs: string, ours: string): string {
  return `${store} is that of another installation: its mark is ${theirs}, and the database at DATABASE_URL is ${ours}. Name another here, or, if that installation is gone for good, make it ours with \`bun run stores:adopt\``
}
