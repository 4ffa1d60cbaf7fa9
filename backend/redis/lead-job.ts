import { idAt } from '../batching/ids.ts'
import type { Attribution } from '../leads/attribution.ts'
import type { Batch, Lead, LeadState, Verdict } from '../leads/lead.ts'

export const leadsQueue = 'leads'
export const persistJob = 'lead.persist'
/**
 * What this Redis says of the claims it knows, a hash: `told`, the moment (in ms) until which it was told of those that
 * Postgres took; `run`, the run of the server that was told; `latest`, the id of the last batch it took itself; `lost`,
 * the moment (in ms) after which it may have lost some, until it was told of them.
 */
export const knownKey = 'landfast:known'

/**
 * What a job carries. Ids are not repeated: they follow from the job's id and the place in the list. `claims` stands
 * first and holds, for every lead, its phone key and its Idempotency-Key's hash, 32 characters each: `claim.lua` cuts it
 * up by place, which costs Redis a third of what decoding the JSON would. Visitors of one spot come from one campaign, so
 * each is written once a job, and its leads name its place. A job of an earlier version has it in the lead itself.
 */
export type LeadJobData = Readonly<{
  claims: string
  campaigns?: readonly Attribution[]
  leads: readonly (Omit<Lead, 'id' | 'phoneKey' | 'idempotencyKey'> & Readonly<{ campaign?: number }>)[]
}>

const keyLength = 32
const noKey = '-'.repeat(keyLength)

/** A key of BullMQ's own, such as the list `wait`. */
export function queueKey(name: string): string {
  return `bull:${leadsQueue}:${name}`
}

/** The hash of the job that carries a batch. */
export const jobKey = queueKey

/** A batch as its job carries it. */
export function toJobData(batch: Batch): LeadJobData {
  let claims = ''
  const campaigns: Attribution[] = []
  const leads: LeadJobData['leads'][number][] = []
  for (const { phone, phoneKey, idempotencyKey, attribution, variant, signals, request } of batch.leads) {
    claims += phoneKey + (idempotencyKey || noKey)
    leads.push({
      phone,
      campaign: attribution && placeOf(attribution, campaigns),
      variant,
      signals,
      request,
    })
  }
  return { claims, campaigns, leads }
}

// To look for one among all that differ would cost more than to write it again.
const lookBackMax = 8

/** The place of an attribution among the campaigns, where it is put if it is not one of the latest. */
function placeOf(attribution: Attribution, campaigns: Attribution[]): number {
  const oldest = Math.max(0, campaigns.length - lookBackMax)
  for (let place = campaigns.length - 1; place >= oldest; place--)
    if (isSame(campaigns[place]!, attribution)) return place
  return campaigns.push(attribution) - 1
}

function isSame(one: Attribution, other: Attribution): boolean {
  let fields = 0
  for (const name in one) {
    if (one[name] !== other[name]) return false
    fields++
  }
  for (const _name in other) fields--
  return fields === 0
}

/**
 * The leads of a job that have to be stored. Without a verdict (its script failed after the job was added) that
 * is all of them: Postgres then decides who is first.
 */
export function leadsToStore(batchId: string, data: LeadJobData, verdict: string | null): Lead[] {
  const verdicts = verdict?.split(',')
  const leads: Lead[] = []
  for (const [index, { phone, campaign, attribution, variant, signals, request }] of data.leads.entries()) {
    if (verdicts && verdicts[index] !== 'N') continue
    const at = index * 2 * keyLength
    const idempotencyKey = data.claims.slice(at + keyLength, at + 2 * keyLength)
    leads.push({
      id: idAt(batchId, index),
      phone,
      phoneKey: data.claims.slice(at, at + keyLength),
      idempotencyKey: idempotencyKey === noKey ? '' : idempotencyKey,
      attribution: campaign === undefined ? attribution : data.campaigns?.[campaign],
      variant,
      signals,
      request,
    })
  }
  return leads
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
  job: { data: boolean; verdict: string | null; finished: boolean },
): LeadState | undefined {
  if (!job.data || job.finished) return undefined
  if (job.verdict && job.verdict.split(',')[indexInBatch] !== 'N') return undefined
  return 'queued'
}
