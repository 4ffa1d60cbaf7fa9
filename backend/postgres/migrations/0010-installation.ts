import { type Kysely, sql } from 'kysely'

/** Who this installation is, in one row: a random id that its other stores bear as a mark. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table installation (
      only_one boolean primary key default true check (only_one),
      id uuid not null default gen_random_uuid()
    )`.execute(db)
}
