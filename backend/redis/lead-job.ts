import { idAt, isId } from '../batching/ids.ts'
import type { Attribution } from '../leads/attribution.ts'
import type { LeadDetails } from '../leads/details.ts'
import { idSealOf } from '../leads/id-seal.ts'
import type { Batch, Lead, LeadState, RequestContext, Verdict } from '../leads/lead.ts'
import { detailsOfOlder, type OlderDetails } from '../leads/older-lead.ts'
import { beginTelling, placeOf, type Telling, type Told, wholeAgain } from './told-once.ts'

export const persistJob = 'lead.persist'
/**
 * What a job carries. Ids are not repeated: they follow from the job's id, the place in the list and the seal. `claims` stands
 * first and holds, for every lead, its phone key and its Idempotency-Key's hash, 32 characters each: `claim.lua` cuts it
 * up by place, which costs Redis a third of what decoding the JSON would. What leads tell beside that is in `told`.
 */
export type LeadJobData = Readonly<{
  claims: string
  /** Duplicates get rows as well. */
  keepsDuplicates?: boolean
  told?: readonly Told[]
}> &
  (SealedLeads | PlainLeads)

/**
 * Leads whose ids were given out under the seal with this key. They do not stand under `leads`: a worker of an earlier
 * version would store those under other ids. It finds none, says so and puts the job aside, where `take-back.ts` finds it.
 */
type SealedLeads = Readonly<{ seal: string; sealed: readonly LeadInJob[]; leads?: undefined }>
/** As an earlier version writes them. */
type PlainLeads = Readonly<{ leads: readonly LeadInJob[]; seal?: undefined }>
type LeadInJob = Readonly<{
  phone: string
  told?: number
  /**
   * For the request log, between spaces: where what the browser said stands in `told`, and its address hashed and masked.
   * One text, since a field costs more than what is in it.
   */
  from?: string
  /** As an earlier version writes it. */
  request?: RequestContext
  /** Of the few that are followed. */
  trace?: string
}>

export const leadsIn = (data: LeadJobData) => (data.seal === undefined ? data.leads : data.sealed)

/** How many leads the text of a job carries; none where it is no batch, or gone. */
export function countLeads(text: string | null): number {
  try {
    return text ? leadsIn(JSON.parse(text) as LeadJobData).length : 0
  } catch {
    return 0
  }
}

/** As an earlier version wrote it: campaigns apart, or in the lead itself. */
type OlderJobData = Readonly<{
  campaigns?: readonly Attribution[]
  leads: readonly (OlderDetails & Readonly<{ campaign?: number }>)[]
}>

export const keyLength = 32
/** In place of a key where there is none. */
export const noKey = '-'.repeat(keyLength)

/** A batch as its job carries it. */
export function toJobData(batch: Batch): LeadJobData {
  let claims = ''
  const telling = beginTelling()
  const leads: LeadInJob[] = []
  for (const { phone, phoneKey, idempotencyKey, details, request, trace } of batch.leads) {
    claims += phoneKey + (idempotencyKey || noKey)
    leads.push({
      phone,
      told: details && placeOf(details, telling),
      from: request && fromOf(request, telling),
      ...(trace && { trace }),
    })
  }
  const head = { claims, ...(batch.keepsDuplicates && { keepsDuplicates: true }), told: telling.told }
  return batch.sealKey === undefined ? { ...head, leads } : { ...head, seal: batch.sealKey, sealed: leads }
}

/**
 * The leads of a job that have to be stored, or undefined where nobody can tell which those are: a job without data, or
 * with something else than a batch in it.
 */
export function readLeadJob(id: string, data: unknown, verdict: string | null): Lead[] | undefined {
  const job = (data ?? {}) as LeadJobData
  const { claims, seal } = job
  const leads = leadsIn(job)
  if (!isId(id) || typeof claims !== 'string' || !Array.isArray(leads)) return undefined
  if (claims.length !== leads.length * 2 * keyLength) return undefined
  // What is no lead goes to quarantine alone; the others of its batch are stored.
  if (leads.some((lead) => !lead)) {
    const whole = leads.map((lead) => lead || {})
    return readLeadJob(id, { ...job, [seal === undefined ? 'leads' : 'sealed']: whole }, verdict)
  }
  // One that does not speak of each of them says nothing, and Postgres decides.
  const decided = verdict?.split(',').length === leads.length ? verdict : null
  try {
    return leadsToStore(id, job, decided)
  } catch {
    return undefined
  }
}

/**
 * The leads of a job that have to be stored. Without a verdict (its script failed after the job was added) that
 * is all of them: Postgres then decides who is first. A duplicate that is kept is in the request log already.
 */
export function leadsToStore(batchId: string, data: LeadJobData, verdict: string | null): Lead[] {
  const verdicts = verdict?.split(',')
  const all = data.told && wholeAgain(data.told)
  const detailsOf = detailsIn(data, all as readonly LeadDetails[] | undefined)
  const requestOf = requestsIn(all as readonly Browser[] | undefined)
  const leads: Lead[] = []
  const inJob = leadsIn(data)
  const ids = data.seal === undefined ? undefined : idSealOf(data.seal).idsOf(batchId, inJob.length)
  for (const [index, { phone, from, request, trace }] of inJob.entries()) {
    const isDuplicate = verdicts !== undefined && verdicts[index] !== 'N'
    if (isDuplicate && !(data.keepsDuplicates && verdicts[index]!.startsWith('D'))) continue
    const at = index * 2 * keyLength
    const idempotencyKey = data.claims.slice(at + keyLength, at + 2 * keyLength)
    leads.push({
      id: ids ? ids[index]! : idAt(batchId, index),
      phone,
      phoneKey: data.claims.slice(at, at + keyLength),
      idempotencyKey: idempotencyKey === noKey ? '' : idempotencyKey,
      details: detailsOf(index),
      request: isDuplicate ? undefined : from === undefined ? request : requestOf(from),
      ...(trace && { trace }),
    })
  }
  return leads
}

type Browser = Pick<RequestContext, 'path' | 'userAgent' | 'referrer'>

function fromOf({ path, userAgent, referrer, ipHash, ipMask }: RequestContext, telling: Telling): string {
  return `${placeOf({ path, userAgent, referrer }, telling, 'from')} ${ipHash} ${ipMask}`
}

/** Where what the browser of `from` said stands. */
export const placeIn = (from: string): number => Number(from.split(' ', 1)[0])

/** Reads what is told for the request log. Nothing depends on it, so what cannot be read is no fault of its lead. */
function requestsIn(all: readonly Browser[] = []): (from: string) => RequestContext | undefined {
  return (from) => {
    const [, ipHash = '', ipMask = ''] = from.split(' ')
    const browser = all[placeIn(from)]
    return browser?.userAgent === undefined ? undefined : { ...browser, ipHash, ipMask }
  }
}

/** Finds what a lead told, by its place in the job. */
function detailsIn(
  data: LeadJobData,
  all: readonly LeadDetails[] | undefined,
): (index: number) => LeadDetails | undefined {
  if (all) {
    return (index) => {
      const { told } = leadsIn(data)[index]!
      return told === undefined ? undefined : all[told]
    }
  }
  const { campaigns, leads } = data as OlderJobData
  return (index) => {
    const { campaign, ...older } = leads[index]!
    return detailsOfOlder(campaign === undefined ? older : { ...older, attribution: campaigns?.[campaign] })
  }
}

/** Reads the verdicts of `claim.lua`. @throws when there are not as many as leads. */
export function readVerdicts(batch: Batch, reply: unknown): Verdict[] {
  const verdicts = typeof reply === 'string' ? reply.split(',') : []
  if (verdicts.length !== batch.leads.length)
    throw new Error('Redis decided another number of leads than were given')
  return verdicts.map((verdict, index) => {
    if (verdict === 'N') return { kind: 'new', id: batch.leads[index]!.id }
    return { kind: verdict.startsWith('R') ? 'replay' : 'duplicate', id: verdict.slice(1) }
  })
}

/** What a job's hash says of one of its leads. Undefined: ask where leads are stored. */
export function stateInJob(
  indexInBatch: number,
  job: { data: boolean; verdict: string | null; finished: boolean; keepsDuplicates?: boolean },
): LeadState | undefined {
  if (!job.data || job.finished) return undefined
  const verdict = job.verdict?.split(',')[indexInBatch]
  const isKept = verdict === undefined || verdict === 'N' || (job.keepsDuplicates && verdict.startsWith('D'))
  return isKept ? 'queued' : undefined
}
