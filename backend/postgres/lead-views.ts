import { sql } from 'kysely'
import { type SavedView, type SavedViews, type ViewOutcome, viewsMax } from '../desk/views.ts'
import { maskPhones } from '../leads/written-phones.ts'
import type { Actor } from '../operators/audit.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

type Row = Readonly<{
  id: string
  name: string
  parts: SavedView['parts']
  is_shared: boolean
  owner_id: string
}>

const columns = sql.raw('id, name, parts, is_shared, owner_id')

/** Views under names, in `lead_views`. */
export function createSavedViews(db: Db): SavedViews {
  const named = async (change: () => Promise<ViewOutcome>): Promise<ViewOutcome> => {
    try {
      return await change()
    } catch (error) {
      if ((error as { constraint?: string }).constraint === 'lead_views_name') return 'taken'
      throw error
    }
  }

  return {
    async list(operatorId) {
      const { rows } = await sql<Row>`
        select ${columns} from lead_views where is_shared or owner_id = ${operatorId} order by name, id`.execute(
        db,
      )
      return rows.map(viewOf)
    },

    save: ({ id, name, parts }, by) =>
      named(() =>
        db.transaction().execute(async (tx) => {
          const { rows } = await sql<{ count: number }>`
            select count(*)::int as count from lead_views where owner_id = ${by.id}`.execute(tx)
          if (rows[0]!.count >= viewsMax) return 'too_many'
          await sql`
            insert into lead_views (id, owner_id, name, parts)
            values (${id}, ${by.id}, ${maskPhones(name)}, ${JSON.stringify(parts)}::jsonb)`.execute(tx)
          await writeAudit(tx, { by, action: 'view.saved', subject: id, after: { name, view: parts } })
          return 'done'
        }),
      ),

    change: (id, { name, parts, isShared }, by, mayShared) =>
      named(() =>
        db.transaction().execute(async (tx) => {
          const before = await ofTheirs(tx, id, by, mayShared)
          if (!before) return 'unknown'
          const { rows } = await sql<Row>`
            update lead_views set name = ${maskPhones(name ?? before.name)},
              parts = ${JSON.stringify(parts ?? before.parts)}::jsonb, is_shared = ${isShared ?? before.isShared}
            where id = ${id} returning ${columns}`.execute(tx)
          await writeAudit(tx, {
            ...{ by, action: 'view.changed', subject: id },
            ...{ before: told(before), after: told(viewOf(rows[0]!)) },
          })
          return 'done'
        }),
      ),

    remove: (id, by, mayShared) =>
      db.transaction().execute(async (tx) => {
        const before = await ofTheirs(tx, id, by, mayShared)
        if (!before) return 'unknown'
        await sql`delete from lead_views where id = ${id}`.execute(tx)
        await writeAudit(tx, { by, action: 'view.removed', subject: id, before: told(before) })
        return 'done'
      }),
  }
}

async function ofTheirs(
  tx: DbOrTransaction,
  id: string,
  by: Actor,
  mayShared: boolean,
): Promise<SavedView | undefined> {
  const { rows } = await sql<Row>`
    select ${columns} from lead_views
    where id = ${id} and (owner_id = ${by.id} or (${mayShared} and is_shared)) for update`.execute(tx)
  return rows[0] && viewOf(rows[0])
}

const viewOf = ({ id, name, parts, is_shared, owner_id }: Row): SavedView => ({
  ...{ id, name, parts, isShared: is_shared, owner: owner_id },
})

const told = ({ name, parts, isShared }: SavedView) => ({ name, view: parts, shared: isShared })
