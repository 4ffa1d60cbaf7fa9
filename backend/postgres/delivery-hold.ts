import { sql } from 'kysely'
import type { Db, DbOrTransaction } from './connection.ts'

/** Since when nothing is sent. Undefined: what is due is. */
export async function deliveriesHeldSince(db: DbOrTransaction): Promise<Date | undefined> {
  const { rows } = await sql<{ since: Date | null }>`
    select deliveries_held_at as since from installation`.execute(db)
  return rows[0]?.since ?? undefined
}

/** Has nothing sent until an operator has seen what would be. Where nobody is told of leads there is nothing to hold. */
export async function holdDeliveries(db: DbOrTransaction): Promise<void> {
  await sql`
    update installation set deliveries_held_at = now()
    where deliveries_held_at is null and exists (select from delivery_endpoints)`.execute(db)
}

export async function letDeliveriesGo(db: DbOrTransaction): Promise<void> {
  await sql`update installation set deliveries_held_at = null`.execute(db)
}

const lookEveryMs = 1_000

/**
 * Knows how far the database was: one whose mark is lower than it was known to be was put back, and lacks what was sent since.
 * `remembered` asks another store how far it was before this process began.
 */
export function createPutBackGuard(db: Db, remembered: () => Promise<number>) {
  let knownMs: number | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  return {
    async knownMs(): Promise<number> {
      knownMs ??= await remembered()
      return knownMs
    },
    sawMark(markMs: number): void {
      knownMs = Math.max(knownMs ?? 0, markMs)
    },
    /** Nothing was taken: perhaps nothing was due, perhaps nothing may be sent. */
    async look(): Promise<void> {
      if (performance.now() - lookedAtMs < lookEveryMs) return
      const { rows } = await sql<{ mark: string; held: boolean }>`
        select high_water_ms as mark, deliveries_held_at is not null as held from installation`.execute(db)
      const row = rows[0]
      if (!row) return
      const markMs = Number(row.mark)
      if (markMs < (await this.knownMs()) && !row.held) await holdDeliveries(db)
      // Who has seen it once is not stopped by it again when an operator has let it go.
      knownMs = markMs
      lookedAtMs = performance.now()
    },
  }
}
