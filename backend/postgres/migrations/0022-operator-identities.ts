import { type Kysely, sql } from 'kysely'

/** Whom a provider of identities lets in, by the name that they have there for good. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table operator_identities (
      issuer text not null,
      subject text not null,
      operator_id uuid not null references operators on delete cascade,
      primary key (issuer, subject)
    )`.execute(db)
  await sql`create index operator_identities_operator on operator_identities (operator_id)`.execute(db)
}
