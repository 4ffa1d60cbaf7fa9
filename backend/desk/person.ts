import type { LeadDesk, LeadFilter } from './work.ts'

/** How the leads of a whole phone are found; undefined where what was typed is none. */
export type SoughtPhone = (typed: string) => Pick<LeadFilter, 'phoneKey' | 'lastDigits'> | undefined

export type PersonDeps = Readonly<{
  leadDesk: Pick<LeadDesk, 'list'>
  soughtPhone: SoughtPhone
  phoneKeyOf(typed: string): string | undefined
}>

const lookedAt = 50

/**
 * By which keyed hash somebody is known, from their phone in any spelling. Without the code of its country it is the one phone of
 * all leads that ends with it, where there is one; `several` where nobody can tell which is meant.
 */
export async function personOf(deps: PersonDeps, typed: string): Promise<string | 'several' | undefined> {
  const { phoneKey, lastDigits } = deps.soughtPhone(typed) ?? {}
  if (lastDigits === undefined) return phoneKey
  const found = await deps.leadDesk.list({ lastDigits }, lookedAt)
  const [phone, other] = new Set(found.map((lead) => lead.phone))
  return other === undefined ? deps.phoneKeyOf(phone ?? typed) : 'several'
}
