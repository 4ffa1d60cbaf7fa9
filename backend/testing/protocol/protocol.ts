import { createHash } from 'node:crypto'
import { acceptedAtMs } from '../../batching/ids.ts'
import type { Batch, Lead, Verdict } from '../../leads/lead.ts'
import { persist } from '../../leads/persist.ts'
import type { BatchStore, LeadTable } from '../../leads/ports.ts'
import { createSubmissionLine, type SubmissionLine } from '../../leads/submit.ts'

/** What the protocol needs of Redis and Postgres: fakes that keep the same rules, or the real ones. */
export type Stores = Readonly<{
  redis: BatchStore
  /** Adds the job of a batch without its claims, as a Redis does that has forgotten its scripts. */
  addOnly(batch: Batch): Promise<void>
  postgres: BatchStore
  table: LeadTable
  release(lead: Lead): Promise<void>
  /** Batches in the queue, oldest first, with what a worker would store of each. */
  queued(): Promise<readonly Batch[]>
  finish(batchId: string): Promise<void>
  /** Redis forgets every claim and nothing else. */
  loseClaims(): Promise<void>
  /** Tells Redis of the claims that Postgres knows, as the gate does before it opens. */
  seed(nowMs: number): Promise<void>
  rows(): Promise<readonly ProtocolRow[]>
}>

export type ProtocolRow = Readonly<{
  id: string
  phone: string
  duplicateOf: string | null
  quarantined: boolean
}>

/**
 * What becomes of a call to a store: it is `done` and answered; it is `refused` and not done; it is done and the answer
 * `unheard`; it is given up and done `late`, or never; of a commit to Redis only `half` is done.
 */
export type Fate = 'done' | 'refused' | 'unheard' | 'late' | 'half'

export type Command =
  | Readonly<{ do: 'submit'; visitor: number; key: number }>
  /** Decides the fate of one of the calls that wait for theirs. */
  | Readonly<{ do: 'let'; which: number; fate: Fate }>
  /** A worker takes one of the oldest batches, perhaps one that another worker already has. */
  | Readonly<{ do: 'work'; which: number }>
  | Readonly<{ do: 'kill worker'; which: number }>
  | Readonly<{ do: 'kill api' }>
  | Readonly<{ do: 'close redis' }>
  | Readonly<{ do: 'open redis' }>
  | Readonly<{ do: 'lose claims' }>
  | Readonly<{ do: 'wait'; ms: number }>

type Answer = Readonly<{ phone: string; key: string; verdict: Verdict }>

export type Outcome = Readonly<{
  answers: readonly Answer[]
  rows: readonly ProtocolRow[]
  /** When a store last did something with each lead. */
  touchedAtMs: ReadonlyMap<string, number>
}>

/** A phone that no row can hold. */
export const poisonPhone = 'no phone'
const phoneOf = (visitor: number) => (visitor === 0 ? poisonPhone : `+98912000000${visitor}`)

type Call = {
  owner: symbol
  what: string
  work: () => Promise<unknown>
  half?: () => Promise<unknown>
  answer: (result: unknown) => void
  fail: (error: Error) => void
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
const takenAtOnce = 3

/** Runs the line's own code, step by step as a program says, then heals everything and lets the queue run empty. */
export async function runProtocol(
  stores: Stores,
  program: readonly Command[],
  options: { windowMs: number; startMs: number },
): Promise<Outcome> {
  let nowMs = options.startMs
  let batches = 0
  let redisOpen = true
  let calls: Call[] = []
  const dead = new Set<symbol>()
  const workers: { owner: symbol; batchId: string }[] = []
  const answers: Answer[] = []
  const touchedAtMs = new Map<string, number>()

  function park<T>(owner: symbol, what: string, work: () => Promise<T>, half?: () => Promise<unknown>) {
    return new Promise<T>((resolve, reject) => {
      calls.push({ owner, what, work, half, answer: resolve as (result: unknown) => void, fail: reject })
    })
  }

  async function decide(call: Call, fate: Fate): Promise<void> {
    calls = calls.filter((each) => each !== call)
    const heard = !dead.has(call.owner)
    const lost = () => heard && call.fail(new Error(`${call.what}: the outcome is unknown`))
    if (fate === 'refused') return void lost()
    if (fate === 'late') {
      lost()
      calls.push({ ...call, owner: gone, answer: () => {}, fail: () => {} })
      return
    }
    if (fate === 'half' && call.half) {
      await call.half()
      return void lost()
    }
    try {
      const result = await call.work()
      if (fate === 'unheard') lost()
      else if (heard) call.answer(result)
    } catch (error) {
      if (heard) call.fail(error as Error)
    }
  }

  const gone = Symbol('gone')
  dead.add(gone)
  let api = Symbol('api')
  let line = openLine(api)

  function openLine(owner: symbol): SubmissionLine {
    return createSubmissionLine({
      redis: {
        isOpen: () => redisOpen,
        commit: (batch) =>
          park(
            owner,
            'commit to Redis',
            () => {
              touch(batch.leads)
              return stores.redis.commit(batch)
            },
            () => stores.addOnly(batch),
          ),
      },
      postgres: {
        commit: (batch) =>
          park(owner, 'commit to Postgres', () => {
            touch(batch.leads)
            return stores.postgres.commit(batch)
          }),
      },
      keyedHash: hash,
      dedupWindowMs: options.windowMs,
      nowMs: () => nowMs,
      randomBytes: () =>
        createHash('sha256').update(`${options.startMs}/${batches++}`).digest().subarray(0, 9),
      onFallback() {},
      onUnavailable() {},
    })
  }

  function touch(leads: readonly Lead[]): void {
    for (const { id } of leads) touchedAtMs.set(id, nowMs)
  }

  function submit(visitor: number, keyNumber: number): void {
    const phone = phoneOf(visitor)
    const key = keyNumber === 0 ? '' : `key-${keyNumber}`
    line.submit({ phone, idempotencyKey: key }).then(
      (verdict) => answers.push({ phone, key, verdict }),
      () => {},
    )
  }

  /** One worker with one batch; a store that fails leaves the batch in the queue, as a job that waits there. */
  async function work(batch: Batch): Promise<void> {
    const owner = Symbol('worker')
    workers.push({ owner, batchId: batch.id })
    const table: LeadTable = {
      store: (leads) =>
        park(owner, 'store', () => {
          touch(leads)
          return stores.table.store(leads)
        }),
      quarantine: (lead, reason) => park(owner, 'quarantine', () => stores.table.quarantine(lead, reason)),
    }
    const claims = { release: (lead: Lead) => park(owner, 'release', () => stores.release(lead)) }
    try {
      await persist({ leads: table, claims }, batch.leads)
      await park(owner, 'finish', () => stores.finish(batch.id))
    } catch {
      // The batch is still in the queue.
    }
    workers.splice(
      workers.findIndex((each) => each.owner === owner),
      1,
    )
  }

  async function openRedis(): Promise<void> {
    await stores.seed(nowMs)
    redisOpen = true
  }

  async function follow(command: Command): Promise<void> {
    switch (command.do) {
      case 'submit':
        return submit(command.visitor, command.key)
      case 'let': {
        const call = calls[command.which % Math.max(1, calls.length)]
        return call && decide(call, command.fate)
      }
      case 'work': {
        const oldest = (await stores.queued()).slice(0, takenAtOnce)
        const batch = oldest[command.which % Math.max(1, oldest.length)]
        if (batch) void work(batch)
        return
      }
      case 'kill worker': {
        const [worker] = workers.splice(command.which % Math.max(1, workers.length), 1)
        if (worker) dead.add(worker.owner)
        return
      }
      case 'kill api':
        dead.add(api)
        api = Symbol('api')
        line = openLine(api)
        return
      case 'close redis':
        redisOpen = false
        return
      case 'open redis':
        return openRedis()
      case 'lose claims':
        return stores.loseClaims()
      case 'wait':
        nowMs += command.ms
    }
  }

  async function letAllPass(): Promise<void> {
    for (await settle(); calls.length > 0; await settle()) await decide(calls[0]!, 'done')
  }

  for (const command of program) {
    await follow(command)
    await settle()
  }
  await openRedis()
  await letAllPass()
  for (let queue = await stores.queued(); queue.length > 0; queue = await stores.queued()) {
    void work(queue[0]!)
    await letAllPass()
  }
  return { answers, rows: await stores.rows(), touchedAtMs }
}

/** Long enough for what was answered to ask its next question: a commit begins in the next turn of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
}

/** Every promise that this outcome breaks, in words. */
export function breachesOf({ answers, rows, touchedAtMs }: Outcome, windowMs: number): string[] {
  const breaches: string[] = []
  const times = new Map<string, number>()
  for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1)
  for (const { verdict } of answers)
    if (times.get(verdict.id) !== 1) {
      const broken = verdict.kind === 'duplicate' ? 'I2' : 'I1'
      breaches.push(
        `${broken}: "${verdict.kind}" named ${verdict.id}, which has ${times.get(verdict.id) ?? 0} rows`,
      )
    }

  const leads = rows.filter(({ duplicateOf, quarantined }) => duplicateOf === null && !quarantined)
  for (const [index, one] of leads.entries())
    for (const other of leads.slice(index + 1)) {
      const apartMs = Math.abs(acceptedAtMs(one.id) - acceptedAtMs(other.id))
      if (one.phone === other.phone && apartMs < windowMs && !waited([one.id, other.id]))
        breaches.push(`I3: ${one.id} and ${other.id} are both leads of ${one.phone}, ${apartMs} ms apart`)
    }
  const ids = new Set(rows.map(({ id }) => id))
  for (const { id, duplicateOf } of rows)
    if (duplicateOf !== null && !ids.has(duplicateOf))
      breaches.push(`${id} is a duplicate of ${duplicateOf}, which is not kept`)
  return breaches

  // A claim remembers one lead. One that was on its way for a whole window may find a later one in its place, and then
  // nobody knows of the lead before that.
  function waited(pair: readonly string[]): boolean {
    return pair.some((id) => (touchedAtMs.get(id) ?? 0) - acceptedAtMs(id) >= windowMs)
  }
}
