import type { Config } from '../../config.ts'
import type { Forgotten } from '../../desk/erasure.ts'
import type { Machine } from '../../local/machine.ts'
import type { Db } from '../../postgres/connection.ts'
import {
  analyze,
  changeNames,
  connectPatiently,
  erasedSince,
  everybodyErased,
  figuresOf,
  holdsOurs,
  isDatabase,
  makeDatabase,
} from '../../postgres/copies.ts'
import { holdDeliveries } from '../../postgres/delivery-hold.ts'
import { migrate } from '../../postgres/migrate.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { ensureRoles, rolesOf } from '../../postgres/roles.ts'
import { CommandFault } from '../command.ts'
import type { Part } from './folder.ts'
import { databaseIn, restoreDump, withDatabase } from './postgres.ts'

type Target = Readonly<{
  config: Config
  machine: Machine
  key: string
  path: string
  part: Part
  /** When the backup was begun. */
  madeAt: string
}>

export type PutBack = Readonly<{
  /** What is there no more under its own name: the database as it was. */
  before?: string
  /** Hashes of those who were erased since, and whom the backup has brought back. */
  erased: readonly string[]
}>

/** How many leads the database has that would be replaced; none where there is no database, or nothing of ours in it. */
export async function leadsThere({ migrateDatabaseUrl: url }: Config): Promise<number> {
  const there = await connected(withDatabase(url, 'postgres'), (server) =>
    isDatabase(server, databaseIn(url)),
  )
  if (!there) return 0
  return connected(url, async (db) => ((await holdsOurs(db)) ? (await figuresOf(db)).leads : 0))
}

/** What the database there says of who was erased: nothing where there is none, or it is not ours. */
export async function whoIsErased(
  { migrateDatabaseUrl: url }: Config,
  since: string,
): Promise<Readonly<{ all: readonly Forgotten[]; since: readonly string[] }>> {
  const there = await connected(withDatabase(url, 'postgres'), (server) =>
    isDatabase(server, databaseIn(url)),
  )
  if (!there) return { all: [], since: [] }
  return connected(url, async (db) => ({
    all: await everybodyErased(db),
    since: await erasedSince(db, since),
  }))
}

/**
 * Restores into a database beside the one that is there, makes it fit for this version and its users, holds deliveries, and
 * changes their names. What was there is kept.
 */
export async function putBackPostgres({
  config,
  machine,
  key,
  path,
  part,
  madeAt,
}: Target): Promise<PutBack> {
  const url = config.migrateDatabaseUrl
  const name = databaseIn(url)
  const next = `${name}_restored`
  const nextUrl = withDatabase(url, next)
  return connected(withDatabase(url, 'postgres'), async (server) => {
    await makeDatabase(server, next)
    await restoreDump({ path, key, url: nextUrl, machine })
    await connected(nextUrl, async (db) => {
      const { leads } = await figuresOf(db)
      if (leads !== part.holds.leads)
        throw new CommandFault(
          `Nothing was changed: of ${part.holds.leads} leads ${leads} were restored into ${next}.`,
        )
      await migrate(db)
      await ensureRoles(db, rolesOf(config))
      await ensurePartitions(db)
      // What was due when it was made may have been sent since, and perhaps nobody is left who remembers.
      await holdDeliveries(db)
      await analyze(db)
    })
    const before = (await isDatabase(server, name)) ? `${name}_before_${stamp()}` : undefined
    const erased = before ? await connected(url, (db) => erasedSince(db, madeAt)) : []
    await changeNames(server, { name, next, before })
    return { ...(before && { before }), erased }
  })
}

const stamp = () => new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')

async function connected<T>(url: string, run: (db: Db) => Promise<T>): Promise<T> {
  const db = connectPatiently(url)
  try {
    return await run(db)
  } finally {
    await db.destroy()
  }
}
