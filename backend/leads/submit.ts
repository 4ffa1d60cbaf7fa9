import { type CommitDeps, commitBatch } from '../batching/commit-batch.ts'
import { createGroupCommit, type GroupCommit, type Wake, wakeTogether } from '../batching/group-commit.ts'
import { batchId } from '../batching/ids.ts'
import { detailsBytes } from './details.ts'
import { createSealInUse, type IdSeal } from './id-seal.ts'
import type { Batch, Lead, RequestContext, Verdict } from './lead.ts'
import { idempotencyKeyOf, phoneKeyOf } from './phone.ts'
import { shardOf } from './shard.ts'
import type { Submission } from './submission.ts'

export type SubmissionLineDeps = CommitDeps<Batch, readonly Verdict[]> &
  Readonly<{
    /** A keyed hash in hex, 32 characters. */
    keyedHash(text: string): string
    dedupWindowMs: number
    /** Duplicates get a row and an id of their own, like every other. */
    keepsDuplicates?: boolean
    nowMs(): number
    randomBytes(): Uint8Array
    /** The seal under which ids are given out now. Absent: one of its own. */
    idSeal?(): IdSeal
    /** Each way through Redis, by shard, in place of the one and its seal. */
    shards?: readonly Way[]
  }>

type Way = Pick<CommitDeps<Batch, readonly Verdict[]>, 'redis'> & Readonly<{ idSeal?(): IdSeal }>

export type SubmissionLine = Readonly<{
  /**
   * Keeps a submission, or finds who already holds its phone. When it resolves with `new`, the lead is durable.
   * @throws Problem `unavailable` when no store could take it; then nothing was promised.
   */
  submit(submission: Submission, request?: RequestContext, trace?: string): Promise<Verdict>
  waiting(): number
  idle(): Promise<void>
}>

// Only full groups travel beside each other: small ones would acknowledge no more a second, and cost Redis, the worker and
// Postgres a fifth of what they can store. More than one, as an answer is only seen once a turn of the event loop, which
// under thousands of visitors is a long one.
const inFlightMax = 4
const leadsPerCommitMax = 512
const bytesPerCommitMax = 64 * 1024
// As many as wait at most half a second.
const waitingMax = 16_384
const refusal = 'Your number could not be saved just now. Try again in a moment.'

/** A lead whose id is still empty: it gets one when its batch is composed. */
type Draft = { -readonly [Field in keyof Lead]: Lead[Field] }

/** Builds the submission line of one process: group commit, ids, and the way through Postgres when Redis is closed. */
export function createSubmissionLine(given: SubmissionLineDeps): SubmissionLine {
  const ways = given.shards ?? [given]
  const shared = { room: { taken: 0 }, shards: ways.length, wake: wakeTogether() }
  const groups = ways.map((way) =>
    createLine({ idSeal: createSealInUse().current, ...given, ...way }, shared),
  )
  const groupOf = ({ phoneKey }: Draft) => groups[shardOf(phoneKey, groups.length)]!

  return {
    submit(submission, request, trace) {
      const draft = draftOf(given, submission, request, trace)
      return groupOf(draft).add(draft)
    },
    waiting: () => shared.room.taken,
    async idle() {
      await Promise.all(groups.map((group) => group.idle()))
    },
  }
}

/** The line of one shard. */
function createLine(
  deps: ComposeDeps,
  { room, shards, wake }: Readonly<{ room: { taken: number }; shards: number; wake: Wake }>,
): GroupCommit<Draft, Verdict> {
  const gap = shards === 1 ? undefined : createGap(shards)
  const commit = deps.keepsDuplicates
    ? async (drafts: readonly Draft[]) =>
        withOwnIds(await commitBatch(deps, compose(deps, drafts), refusal), drafts)
    : (drafts: readonly Draft[]) => commitBatch(deps, compose(deps, drafts), refusal)
  return createGroupCommit<Draft, Verdict>({
    commit: gap ? (drafts) => gap.during(drafts.length, commit(drafts)) : commit,
    sizeOf: draftBytes,
    itemsMax: leadsPerCommitMax,
    sizeMax: bytesPerCommitMax,
    inFlightMax,
    gapMs: gap?.ms,
    ...{ wake, waitingMax, room },
  })
}

// A commit costs as much as 30 leads in it, and shards divide among them what would share one.
const leadsPerCommitWanted = 128
// So long is not noticed. Where an answer takes longer anyway, since a process has more to do than it can or its disk is
// slow, it may take a few times as long, as that is where large batches are wanted.
const gapMs = { unnoticed: 20, commits: 4, most: 100 }
const rateOverMs = 5
const weightOfLast = 0.2

/**
 * How long a shard waits from one commit to the next: until enough are expected to have come, and no longer than it takes
 * all shards to commit one after the other, so that together they do so as often as one would that is never idle.
 */
function createGap(shards: number) {
  let perMs = 0
  let tookMs = 0
  let left = 0
  let sinceMs = Number.NEGATIVE_INFINITY
  return {
    ms() {
      const mayMs = Math.min(gapMs.most, Math.max(gapMs.unnoticed, gapMs.commits * tookMs))
      return Math.min(mayMs, shards * tookMs, leadsPerCommitWanted / perMs)
    },
    /** So many leave now, with this commit. */
    async during<T>(count: number, committing: Promise<T>): Promise<T> {
      const nowMs = performance.now()
      left += count
      if (nowMs - sinceMs >= rateOverMs) {
        perMs += weightOfLast * (left / (nowMs - sinceMs) - perMs)
        sinceMs = nowMs
        left = 0
      }
      try {
        return await committing
      } finally {
        tookMs += weightOfLast * (performance.now() - nowMs - tookMs)
      }
    },
  }
}

/** Each duplicate learns the id under which it is kept itself. */
function withOwnIds(verdicts: readonly Verdict[], drafts: readonly Draft[]): Verdict[] {
  return verdicts.map((verdict, index) =>
    verdict.kind === 'duplicate' ? { ...verdict, own: drafts[index]!.id } : verdict,
  )
}

type ComposeDeps = Required<Pick<SubmissionLineDeps, 'idSeal'>> & SubmissionLineDeps

function compose(deps: ComposeDeps, drafts: readonly Draft[]): Batch {
  const id = batchId(deps.nowMs(), deps.randomBytes())
  const { key: sealKey, idsOf } = deps.idSeal()
  const ids = idsOf(id, drafts.length)
  for (let index = 0; index < drafts.length; index++) drafts[index]!.id = ids[index]!
  return { id, leads: drafts, sealKey, ...(deps.keepsDuplicates && { keepsDuplicates: true }) }
}

function draftOf(
  deps: SubmissionLineDeps,
  submission: Submission,
  request?: RequestContext,
  trace?: string,
): Draft {
  const { phone, details, idempotencyKey } = submission
  // Built in one shape, absent parts included: this runs for every submission.
  return {
    id: '',
    phone,
    phoneKey: phoneKeyOf(deps.keyedHash, phone),
    idempotencyKey: idempotencyKeyOf(deps.keyedHash, idempotencyKey),
    details,
    request,
    trace,
  }
}

function draftBytes(draft: Draft): number {
  let bytes = 160
  if (draft.details) bytes += detailsBytes(draft.details)
  if (draft.request) bytes += 120 + draft.request.userAgent.length + draft.request.referrer.length
  return bytes
}
