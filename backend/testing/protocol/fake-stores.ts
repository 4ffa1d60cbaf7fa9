import { acceptedAtMs } from '../../batching/ids.ts'
import type { Batch, Lead, Verdict } from '../../leads/lead.ts'
import { Unstorable } from '../../leads/ports.ts'
import { type Holder, judge } from '../../leads/window.ts'
import { type LeadJobData, leadsToStore, readVerdicts, toJobData } from '../../redis/lead-job.ts'
import { type ProtocolRow, poisonPhone, type Stores } from './protocol.ts'

type Mistake = 'claims first' | 'no claims' | 'twice'

/**
 * Redis and Postgres in memory, by the rules of `claim.lua` and of the statements in `postgres/leads.ts`. A `mistake` is
 * built in to show that the model finds it.
 */
export function createFakeStores(options: { windowMs: number; mistake?: Mistake }): Stores {
  const { windowMs, mistake } = options
  const redis = createFakeRedis(windowMs)
  const postgres = createFakePostgres(windowMs, mistake)
  return {
    redis: {
      async commit(batch) {
        if (mistake !== 'claims first') return redis.commit(batch)
        redis.claim(batch)
        return redis.commit(batch)
      },
    },
    async addOnly(batch) {
      // The obvious way: what dies in the middle leaves claims and no job.
      if (mistake === 'claims first') redis.claim(batch)
      else redis.add(batch)
    },
    postgres: { commit: async (batch) => postgres.commit(batch) },
    table: {
      async store(leads) {
        postgres.store(leads)
      },
      async quarantine(lead) {
        postgres.quarantined.set(lead.id, lead)
      },
    },
    async release(lead) {
      if (redis.claims.get(lead.phoneKey)?.id === lead.id) redis.claims.delete(lead.phoneKey)
    },
    queued: async () => redis.queued(),
    async finish(batchId) {
      redis.jobs.delete(batchId)
    },
    async loseClaims() {
      redis.claims.clear()
    },
    async seed(nowMs) {
      for (const [phoneKey, holder] of postgres.claims)
        if (nowMs - acceptedAtMs(holder.id) < windowMs && !redis.claims.has(phoneKey))
          redis.claims.set(phoneKey, holder)
    },
    rows: async () => postgres.rows(),
  }
}

function createFakeRedis(windowMs: number) {
  const jobs = new Map<string, { data: LeadJobData; verdict: string | null }>()
  const claims = new Map<string, Holder>()

  function claim(batch: Batch): string {
    return batch.leads
      .map((lead) => {
        const { id, phoneKey, idempotencyKey } = lead
        const holder = claims.get(phoneKey)
        const verdict: Verdict = holder ? judge(lead, holder, windowMs) : { kind: 'new', id }
        const isLater = !holder || acceptedAtMs(id) - acceptedAtMs(holder.id) >= windowMs
        if (verdict.kind === 'new' && isLater) claims.set(phoneKey, { id, idempotencyKey })
        if (verdict.kind === 'new') return 'N'
        return (verdict.kind === 'replay' ? 'R' : 'D') + verdict.id
      })
      .join(',')
  }

  function add(batch: Batch) {
    const job = jobs.get(batch.id) ?? { data: toJobData(batch), verdict: null }
    jobs.set(batch.id, job)
    return job
  }

  return {
    jobs,
    claims,
    claim,
    add,
    commit(batch: Batch): Verdict[] {
      const job = add(batch)
      job.verdict ??= claim(batch)
      return readVerdicts(batch, job.verdict)
    },
    queued: (): Batch[] =>
      [...jobs].map(([id, { data, verdict }]) => ({ id, leads: leadsToStore(id, data, verdict) })),
  }
}

function createFakePostgres(windowMs: number, mistake?: Mistake) {
  const claims = new Map<string, Holder>()
  const leads = new Map<string, { lead: Lead; duplicateOf: string | null }>()
  const quarantined = new Map<string, Lead>()
  let twice = 0

  const isFirst = (lead: Lead, holder: Holder) => judge(lead, holder, windowMs).kind === 'new'

  function takeClaims(given: readonly Lead[]): void {
    const sorted = given.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const seen = new Set<string>()
    for (const { id, phoneKey, idempotencyKey } of sorted) {
      if (seen.has(phoneKey)) continue
      seen.add(phoneKey)
      const held = claims.get(phoneKey)
      if (!held || acceptedAtMs(id) - acceptedAtMs(held.id) >= windowMs)
        claims.set(phoneKey, { id, idempotencyKey })
    }
  }

  function insert(given: readonly Lead[], wanted: (lead: Lead) => boolean): void {
    for (const lead of given) {
      const holder = claims.get(lead.phoneKey)!
      const key = mistake === 'twice' ? `${lead.id}/${twice++}` : lead.id
      if (!wanted(lead) || leads.has(key)) continue
      const duplicateOf = mistake === 'no claims' || isFirst(lead, holder) ? null : holder.id
      leads.set(key, { lead, duplicateOf })
    }
  }

  /** All or nothing, as a transaction. */
  function store(given: readonly Lead[], wanted: (lead: Lead) => boolean = () => true): void {
    if (given.some(({ phone }) => phone === poisonPhone)) throw new Unstorable('poison')
    takeClaims(given)
    insert(given, wanted)
  }

  function commit(batch: Batch): Verdict[] {
    const good = batch.leads.filter(({ phone }) => phone !== poisonPhone)
    store(good, (lead) => isFirst(lead, claims.get(lead.phoneKey)!))
    return batch.leads.map((lead) => {
      if (lead.phone !== poisonPhone) return judge(lead, claims.get(lead.phoneKey)!, windowMs)
      quarantined.set(lead.id, lead)
      return { kind: 'new', id: lead.id }
    })
  }

  return {
    claims,
    quarantined,
    store,
    commit,
    rows: (): ProtocolRow[] => [
      ...[...leads.values()].map(({ lead, duplicateOf }) => ({
        id: lead.id,
        phone: lead.phone,
        duplicateOf,
        quarantined: false,
      })),
      ...[...quarantined.values()].map(({ id, phone }) => ({
        id,
        phone,
        duplicateOf: null,
        quarantined: true,
      })),
    ],
  }
}
