import { type RawBuilder, sql } from 'kysely'
import { type LeadFilter, type LeadPlace, workStates } from '../desk/work.ts'

// What a view of the leads shows: one query for its list, its count and its export.

export type LeadRow = Readonly<{
  id: string
  accepted_at: Date
  phone: string
  state: string
  source: string | null
  campaign: string | null
  first_source: string | null
  first_campaign: string | null
  variant: string | null
  language: string | null
  device: string | null
  landing: string | null
  suspect: boolean
  owner_id: string | null
  owner_name: string | null
  notes: number
}>

export const columns = sql.raw(`
  leads.id, leads.accepted_at, leads.phone, leads.state, leads.variant, leads.language, leads.device, leads.landing,
  leads.attribution->>'utm_source' as source, leads.attribution->>'utm_campaign' as campaign,
  leads.attribution->'first'->>'utm_source' as first_source, leads.attribution->'first'->>'utm_campaign' as first_campaign,
  leads.suspect is not null as suspect, work.owner_id, operators.name as owner_name,
  (select count(*)::int from lead_notes where lead_id = leads.id) as notes`)
export const withWork = sql.raw('left join lead_work as work on work.lead_id = leads.id')
export const withOwner = sql.raw('left join operators on operators.id = work.owner_id')

export const isWorked = (state: string | undefined) =>
  state !== undefined && state !== 'new' && (workStates as readonly string[]).includes(state)
/** What operators have touched is found by what they made of it, everything else by when it came. */
const startsAtWork = ({ state, owner }: LeadFilter) => isWorked(state) || owner !== undefined

export const inOrder = (filter: LeadFilter) =>
  sql.raw(
    startsAtWork(filter)
      ? 'work.accepted_at desc, work.lead_id desc'
      : 'leads.accepted_at desc, leads.id desc',
  )

export function found(filter: LeadFilter): RawBuilder<unknown> {
  return startsAtWork(filter)
    ? sql`lead_work as work ${leadOf('work.lead_id', sql`work.accepted_at`)}`
    : sql`leads ${withWork}`
}

/**
 * The whole lead of an id. One at a time: Postgres takes id and moment for two conditions of which few rows meet both, and would
 * read all leads to meet what it thinks is one.
 */
export const leadOf = (id: string, acceptedAt: RawBuilder<unknown>) => sql`
  cross join lateral (
    select * from leads as kept where kept.id = ${sql.ref(id)} and kept.accepted_at = ${acceptedAt} limit 1
  ) as leads`

export function matches(filter: LeadFilter, after?: LeadPlace): RawBuilder<unknown> {
  const { state, phoneKey, lastDigits, since, until, variant, source, campaign, language, suspect, owner } =
    filter
  const [at, id] = startsAtWork(filter)
    ? [sql`work.accepted_at`, sql`work.lead_id`]
    : [sql`leads.accepted_at`, sql`leads.id`]
  const conditions = [
    // Who sent the same number again is the lead that they were; what was corrected is never rung.
    sql`leads.duplicate_of is null`,
    state === undefined ? sql`leads.state <> 'corrected'` : sql`leads.state = ${state}`,
    ...(isWorked(state) ? [sql`work.state = ${state}`] : []),
    ...(owner === undefined ? [] : [sql`work.owner_id = ${owner}`]),
    ...(phoneKey === undefined ? [] : [sql`leads.phone_key = decode(${phoneKey}, 'hex')`]),
    ...(lastDigits === undefined ? [] : [sql`leads.phone like ${`%${lastDigits}`}`]),
    ...(since === undefined ? [] : [sql`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql`${at} < ${until}`]),
    ...(variant === undefined ? [] : [sql`leads.variant = ${variant}`]),
    ...(source === undefined ? [] : [sql`leads.attribution->>'utm_source' = ${source}`]),
    ...(campaign === undefined ? [] : [sql`leads.attribution->>'utm_campaign' = ${campaign}`]),
    ...(language === undefined ? [] : [sql`leads.language = ${language}`]),
    ...(suspect === undefined ? [] : [suspect ? sql`leads.suspect is not null` : sql`leads.suspect is null`]),
    ...(after === undefined
      ? []
      : [
          sql`${at} <= ${after.acceptedAt}`,
          sql`(${at}, ${id}) < (${after.acceptedAt}::timestamptz, ${after.id}::uuid)`,
        ]),
  ]
  return sql.join(conditions, sql` and `)
}
