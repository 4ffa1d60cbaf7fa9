import type { Services } from '../../local/services.ts'
import { connectPostgres, type Db, type PostgresOptions } from '../../postgres/connection.ts'
import { migrate } from '../../postgres/migrate.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { ensureRoles, rolesOf } from '../../postgres/roles.ts'

/** Connects as the owner and does what `bun run db:migrate` does: tables, and the users that API and worker come as. */
export async function readyDatabase(
  { env }: Pick<Services, 'env'>,
  options: Omit<PostgresOptions, 'url'>,
): Promise<Db> {
  const owner = env.MIGRATE_DATABASE_URL!
  const db = connectPostgres({ ...options, url: owner })
  await migrate(db)
  const urls = { databaseUrl: env.DATABASE_URL!, workerDatabaseUrl: env.WORKER_DATABASE_URL! }
  await ensureRoles(db, rolesOf({ ...urls, migrateDatabaseUrl: owner }))
  await ensurePartitions(db)
  return db
}
