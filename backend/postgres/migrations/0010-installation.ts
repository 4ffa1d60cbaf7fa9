import { type Kysely, sql } from 'kysely'

/**
 * Who this installation is, in one row: a random id that its other stores bear as a mark, and the moment that Redis
 * remembers as well, which is earlier here where the database was put back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table installation (
      only_one boolean primary key default true check (only_one),
      id uuid not null default gen_random_uuid(),
      high_water_ms bigint not null default 0
    )`.execute(db)
}
