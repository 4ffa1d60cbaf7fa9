/**
 * Who this installation is. `id` stands in its database and goes wherever that goes; every other store bears it as a
 * mark, so that nobody works on the store of another.
 */
export type Installation = Readonly<{ id: string }>

/** What to do where a store bears the mark of another installation; `store` as in "REDIS_URL leads to Redis". */
export function belongsToAnother(store: string, theirs: string, ours: string): string {
  return `${store} is that of another installation: its mark is ${theirs}, and the database at DATABASE_URL is ${ours}. Name another here, or, if that installation is gone for good, make it ours with \`bun run stores:adopt\``
}
