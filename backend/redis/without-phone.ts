import { keyLength, type LeadJobData, leadsIn, noKey, placeIn } from './lead-job.ts'
import type { Told } from './told-once.ts'

type Emptied = Readonly<{ data: string; verdict: string }>

/** How many leads of a job are of this phone. */
export function countOf(data: string, phoneKey: string): number {
  return placesOf(parsed(data), phoneKey).length
}

/**
 * What a job carries, without the leads of one phone. The others keep their places, for these are their ids; what was there
 * is a replay now, which no version stores. Undefined where nobody can tell its leads apart, or none is of this phone.
 */
export function withoutPhone(
  job: Readonly<{ id: string; data: string; verdict: string | null }>,
  phoneKey: string,
): Emptied | undefined {
  const data = parsed(job.data)
  const places = new Set(placesOf(data, phoneKey))
  if (!data || places.size === 0) return undefined
  const before = leadsIn(data)
  const decided = job.verdict?.split(',') ?? []
  // As it is read where nothing was decided: all of them are stored, and Postgres decides.
  const verdicts = decided.length === before.length ? decided : before.map(() => 'N')
  let claims = ''
  for (const place of before.keys())
    claims += places.has(place) ? noKey + noKey : data.claims.slice(place * perLead, (place + 1) * perLead)
  const leads = before.map((lead, place) => (places.has(place) ? { phone: '' } : lead))
  const left = {
    ...data,
    claims,
    [data.seal === undefined ? 'leads' : 'sealed']: leads,
    ...(data.told && { told: onlyTold(data.told, leads) }),
  }
  return {
    data: JSON.stringify(left),
    verdict: verdicts.map((verdict, place) => (places.has(place) ? `R${job.id}` : verdict)).join(),
  }
}

/** A text that lost its end or its beginning, without this phone wherever it is written as one of our own. */
export function blanked(text: string, phoneKey: string, keyOf: (phone: string) => string): string {
  return text
    .replace(/("phone\\*":\\*")(\+?\d{10,15})/g, (whole, name: string, phone: string) =>
      keyOf(phone) === phoneKey ? name : whole,
    )
    .replaceAll(phoneKey, noKey)
}

const perLead = 2 * keyLength

function parsed(text: string): LeadJobData | undefined {
  try {
    const data = JSON.parse(text) as LeadJobData
    const leads = leadsIn(data)
    return Array.isArray(leads) && data.claims.length === leads.length * perLead ? data : undefined
  } catch {
    return undefined
  }
}

function placesOf(data: LeadJobData | undefined, phoneKey: string): number[] {
  if (!data) return []
  return [...leadsIn(data).keys()].filter((place) => data.claims.startsWith(phoneKey, place * perLead))
}

/** What the leads that are left tell, each where it was: a place is how it is named. */
function onlyTold(
  told: readonly Told[],
  leads: readonly Readonly<{ told?: number; from?: string }>[],
): readonly Told[] {
  const named = new Set<number>()
  const name = (place: unknown) => {
    if (typeof place !== 'number' || named.has(place)) return
    named.add(place)
    for (const part of Object.values(told[place] ?? {})) name(part)
  }
  for (const lead of leads) {
    name(lead?.told)
    if (lead?.from !== undefined) name(placeIn(lead.from))
  }
  return told.map((each, place) => (named.has(place) ? each : {}))
}
