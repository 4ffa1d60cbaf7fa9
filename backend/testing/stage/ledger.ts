import { sql } from 'kysely'
import type { Db } from '../../postgres/connection.ts'
import { newPhone } from './leads.ts'

type Accepted = Readonly<{ id: string; phone: string }>

/** What visitors were told: the oracle of every crash test. It knows nothing of how the line works. */
export type Ledger = Readonly<{
  accepted: Accepted[]
  /** Phones that were answered "duplicate". */
  duplicates: string[]
  /** Submissions that got no answer, or one that promises nothing. */
  unanswered: number
  /** Why, each with its number: a status, or what the client says of its connection. */
  reasons: ReadonlyMap<string, number>
  /** Submissions that were sent once more. */
  resent: number
}>

export type Visitors = Readonly<{
  ledger: Ledger
  /** Stops arriving and waits for the last answers. */
  leave(): Promise<Ledger>
}>

export type ArrivalOptions = Readonly<{
  origin: string
  perSecond: number
  /** How many arrive in the same moment, as they do after a TV spot. */
  together: number
  /** Whether a visitor whose connection breaks sends the same once more, by its key, as browsers and the page do. */
  resends?: boolean
  /** The authority that is trusted, where it is not one that everybody trusts. */
  ca?: string
}>

const recentPhones = 400

/**
 * Visitors that keep arriving, whatever happens to the server. Half of them repeat a recent phone, among them those
 * that got no answer before: they try again, as people do.
 */
export function sendVisitors(options: ArrivalOptions): Visitors {
  const reasons = new Map<string, number>()
  const ledger = { accepted: [] as Accepted[], duplicates: [] as string[], unanswered: 0, reasons, resent: 0 }
  const recent: string[] = []
  const pending = new Set<Promise<void>>()
  let turn = 0

  function refused(reason: string): void {
    ledger.unanswered++
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }

  async function submit(phone: string, key?: string, isResent = false): Promise<void> {
    try {
      const response = await fetch(`${options.origin}/api/leads`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify({ phone }),
        signal: AbortSignal.timeout(10_000),
        ...(options.ca && { tls: { ca: options.ca } }),
      })
      const answer = (await response.json()) as { id?: string }
      if (response.status === 202) ledger.accepted.push({ id: answer.id!, phone })
      else if (response.status === 200) ledger.duplicates.push(phone)
      else refused(String(response.status))
    } catch (error) {
      const { code, name } = error as { code?: string; name?: string }
      if (code === 'ECONNRESET' && key && !isResent) {
        ledger.resent++
        return submit(phone, key, true)
      }
      refused(String(code ?? name))
    }
  }

  function arrive(): void {
    for (let each = 0; each < options.together; each++) {
      turn++
      const repeated = turn % 2 === 0 ? recent[Math.floor(Math.random() * recent.length)] : undefined
      const phone = repeated ?? newPhone()
      if (!repeated) recent.push(phone)
      if (recent.length > recentPhones) recent.shift()
      const visit = submit(phone, options.resends ? crypto.randomUUID() : undefined).finally(() =>
        pending.delete(visit),
      )
      pending.add(visit)
    }
  }

  const arriving = setInterval(arrive, (1000 * options.together) / options.perSecond)
  return {
    ledger,
    async leave() {
      clearInterval(arriving)
      await Promise.all(pending)
      return ledger
    },
  }
}

/** What a ledger and a database disagree on. All empty: every promise was kept. */
export type Broken = Readonly<{
  /** Answered 202 and not exactly one row. */
  lost: string[]
  /** Answered "duplicate", and no lead is kept for the phone. */
  phantoms: string[]
  /** Phones with two leads less than a window apart. */
  doubled: string[]
}>

export const nothingBroken: Broken = { lost: [], phantoms: [], doubled: [] }

/** Compares what visitors were told with what is kept. */
export async function findBroken(db: Db, ledger: Ledger, dedupWindowMs: number): Promise<Broken> {
  const { rows } = await sql<{ id: string; phone: string; canonical: boolean }>`
    select id, phone, duplicate_of is null as canonical from leads`.execute(db)
  const { rows: close } = await sql<{ phone: string }>`
    select phone from (
      select phone, accepted_at - lag(accepted_at) over (partition by phone_key order by accepted_at) as apart
      from leads where duplicate_of is null
    ) as spaced where apart < make_interval(secs => ${dedupWindowMs / 1000}::float8)`.execute(db)
  return brokenIn(
    ledger,
    rows,
    close.map((row) => row.phone),
  )
}

type Kept = Readonly<{ id: string; phone: string; canonical: boolean }>

/** The same, of rows that were read already. */
export function brokenIn(ledger: Ledger, rows: readonly Kept[], doubled: string[]): Broken {
  const timesKept = new Map<string, number>()
  for (const row of rows) timesKept.set(row.id, (timesKept.get(row.id) ?? 0) + 1)
  const phonesKept = new Set(rows.filter((row) => row.canonical).map((row) => row.phone))
  return {
    lost: ledger.accepted.filter(({ id }) => timesKept.get(id) !== 1).map(({ id }) => id),
    phantoms: [...new Set(ledger.duplicates)].filter((phone) => !phonesKept.has(phone)),
    doubled,
  }
}

/** Waits until every accepted lead is reported as stored or quarantined. Returns the ids that never were. */
export async function untilStored(origin: string, ledger: Ledger, deadlineMs: number): Promise<string[]> {
  const deadline = Date.now() + deadlineMs
  let missing = ledger.accepted.map(({ id }) => id)
  while (missing.length > 0 && Date.now() < deadline) {
    const still: string[] = []
    for (const id of missing) {
      const response = await fetch(`${origin}/api/leads/${id}/status`).catch(() => undefined)
      const status = response?.ok ? ((await response.json()) as { status: string }).status : 'unknown'
      if (status !== 'stored' && status !== 'quarantined') still.push(id)
    }
    missing = still
    if (missing.length > 0) await Bun.sleep(100)
  }
  return missing
}
