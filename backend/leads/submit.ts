import { createGroupCommit } from '../batching/group-commit.ts'
import { batchId, idAt } from '../batching/ids.ts'
import { unavailable } from '../problem.ts'
import type { Batch, Lead, RequestContext, Verdict } from './lead.ts'
import { idempotencyKeyOf, phoneKeyOf } from './phone.ts'
import type { BatchStore, GatedBatchStore } from './ports.ts'
import { signalsBytes } from './signals.ts'
import type { Submission } from './submission.ts'
import { type Holder, judge } from './window.ts'

export type LineDeps = Readonly<{
  /** Absent with `ACK_MODE=pg`: then every answer waits for Postgres. */
  redis?: GatedBatchStore
  postgres: BatchStore
  /** A keyed hash in hex, 32 characters. */
  keyedHash(text: string): string
  dedupWindowMs: number
  nowMs(): number
  randomBytes(): Uint8Array
  /** Told of each batch that could not take the path it was meant for. */
  onFallback(error: unknown): void
  onUnavailable(error: unknown): void
  /** Told of the leads that are in Postgres already, which no worker will see. */
  onStored(leads: readonly Lead[]): void
}>

export type SubmissionLine = Readonly<{
  /**
   * Keeps a submission, or finds who already holds its phone. When it resolves with `new`, the lead is durable.
   * @throws Problem `unavailable` when no store could take it; then nothing was promised.
   */
  submit(submission: Submission, request?: RequestContext): Promise<Verdict>
  waiting(): number
  idle(): Promise<void>
}>

// Two commits in flight keep the store busy while the next group gathers; more only make groups smaller.
const inFlightMax = 2
const leadsPerCommitMax = 512
const bytesPerCommitMax = 64 * 1024
const waitingMax = 8192
// How long this process may answer "duplicate" from memory. Short, so that a claim that was given back is noticed.
const confirmedForMs = 1000

type Draft = Omit<Lead, 'id'>

/** Builds the submission line of one process: group commit, ids, and the way through Postgres when Redis is closed. */
export function createLine(deps: LineDeps): SubmissionLine {
  const confirmed = rememberConfirmed(deps)
  const group = createGroupCommit<Draft, Verdict>({
    commit: (drafts) => commit(deps, compose(deps, drafts)),
    sizeOf: draftBytes,
    itemsMax: leadsPerCommitMax,
    bytesMax: bytesPerCommitMax,
    inFlightMax,
    waitingMax,
  })

  return {
    submit(submission, request) {
      const draft = draftOf(deps, submission, request)
      const known = confirmed.find(draft)
      if (known) return Promise.resolve(known)
      return group.add(draft).then((verdict) => {
        confirmed.add(draft, verdict)
        return verdict
      })
    },
    waiting: group.waiting,
    idle: group.idle,
  }
}

/** The batch is frozen here: whatever happens next, it is given on with the same ids. */
async function commit(deps: LineDeps, batch: Batch): Promise<readonly Verdict[]> {
  if (deps.redis?.isOpen()) {
    try {
      return await deps.redis.commit(batch)
    } catch (error) {
      // The outcome may be unknown. Both stores are idempotent on the ids, so Postgres may take it as well.
      deps.onFallback(error)
    }
  }
  try {
    const verdicts = await deps.postgres.commit(batch)
    deps.onStored(batch.leads.filter((lead, index) => verdicts[index]?.id === lead.id))
    return verdicts
  } catch (error) {
    deps.onUnavailable(error)
    throw unavailable('Your number could not be saved just now. Try again in a moment.')
  }
}

function compose(deps: LineDeps, drafts: readonly Draft[]): Batch {
  const id = batchId(deps.nowMs(), deps.randomBytes())
  return { id, leads: drafts.map((draft, index) => ({ id: idAt(id, index), ...draft })) }
}

function draftOf(deps: LineDeps, submission: Submission, request?: RequestContext): Draft {
  const { phone, attribution, variant, signals, idempotencyKey } = submission
  return {
    phone,
    phoneKey: phoneKeyOf(deps.keyedHash, phone),
    idempotencyKey: idempotencyKeyOf(deps.keyedHash, idempotencyKey),
    ...(attribution && { attribution }),
    ...(variant && { variant }),
    ...(signals && { signals }),
    ...(request && { request }),
  }
}

function draftBytes(draft: Draft): number {
  let bytes = 160
  for (const name in draft.attribution) bytes += name.length + draft.attribution[name]!.length + 6
  if (draft.signals) bytes += signalsBytes(draft.signals)
  if (draft.request) bytes += 120 + draft.request.userAgent.length + draft.request.referrer.length
  return bytes
}

/** What this process was told in the last moments: two maps that take turns, so nothing has to be expired. */
function rememberConfirmed(deps: Pick<LineDeps, 'nowMs' | 'dedupWindowMs'>) {
  let current = new Map<string, Holder>()
  let previous = new Map<string, Holder>()
  let turnedAtMs = 0

  function turn(nowMs: number): void {
    if (nowMs - turnedAtMs < confirmedForMs) return
    previous = nowMs - turnedAtMs < 2 * confirmedForMs ? current : new Map()
    current = new Map()
    turnedAtMs = nowMs
  }

  return {
    find(draft: Draft): Verdict | undefined {
      const nowMs = deps.nowMs()
      turn(nowMs)
      const holder = current.get(draft.phoneKey) ?? previous.get(draft.phoneKey)
      if (!holder) return undefined
      const now = { id: batchId(nowMs, noRandomness), idempotencyKey: draft.idempotencyKey }
      const verdict = judge(now, holder, deps.dedupWindowMs)
      return verdict.kind === 'new' ? undefined : verdict
    },
    add(draft: Draft, verdict: Verdict): void {
      turn(deps.nowMs())
      if (verdict.kind === 'duplicate') return
      current.set(draft.phoneKey, { id: verdict.id, idempotencyKey: draft.idempotencyKey })
    },
  }
}

// Only the time in this id is looked at.
const noRandomness = new Uint8Array(9)
