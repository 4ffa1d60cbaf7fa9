import { batchId } from '../batching/ids.ts'
import { Problem } from '../problem.ts'
import { type Challenge, challengeTtlMs, holds, makeChallenge, type Proof, readProof } from './challenge.ts'
import { idempotencyKeyOf, phoneKeyOf } from './phone.ts'
import type { ClaimLookup, SpentProofs } from './ports.ts'
import type { Submission } from './submission.ts'
import { judge } from './window.ts'

export type ProofDeps = Readonly<{
  /** Whether a submission needs a proof now. Asked with every submission, so it may not wait for anything. */
  required(): boolean
  difficultyBits(): number
  /** A keyed hash in hex, 32 characters; the same in every process. */
  keyedHash(text: string): string
  /** What all processes share; absent without Redis. While it is away each process knows only its own. */
  spent?: SpentProofs
  /** Where claims are looked for, in this order. */
  claims: readonly ClaimLookup[]
  dedupWindowMs: number
  nowMs(): number
  /** How many spent proofs this process remembers; each takes about 200 bytes. */
  rememberedMax?: number
}>

/** Asks for work before a submission is taken, while a site is under attack. */
export type ProofGate = Readonly<{
  required(): boolean
  challenge(): Challenge
  /**
   * Resolves when the submission brings a proof that nobody else has spent, or is a submission again that was taken.
   * @throws Problem `proof_required`.
   */
  check(submission: Submission): Promise<void>
}>

/**
 * A proof is spent on one phone under one Idempotency-Key. The same three again are a retry, whose first answer may
 * have been lost, so they pass; with another phone or key the proof is used up.
 */
export function createProofGate(deps: ProofDeps): ProofGate {
  const remembered = rememberUses(deps.rememberedMax ?? 20_000)

  async function firstUse(proof: Proof, use: string): Promise<string> {
    const known = remembered.get(proof.salt)
    if (known) return known
    const first = await deps.spent?.spend(proof.salt, use, challengeTtlMs).catch(() => undefined)
    return remembered.note(proof.salt, first ?? use)
  }

  return {
    required: deps.required,
    challenge: () => makeChallenge(deps, deps.difficultyBits()),
    async check(submission) {
      const proof = submission.proof === undefined ? undefined : readProof(submission.proof)
      if (proof && holds(deps, proof)) {
        const use = deps.keyedHash(`proof:${submission.phone}:${submission.idempotencyKey}`)
        if ((await firstUse(proof, use)) === use) return
      }
      if (await wasTaken(deps, submission)) return
      throw new Problem(
        'proof_required',
        'This needs a little work first: solve a challenge of /api/challenge and send it as proof.',
      )
    },
  }
}

/** Whether this is an accepted submission again, by its key. A store that cannot say so does not vouch for it. */
async function wasTaken(deps: ProofDeps, submission: Submission): Promise<boolean> {
  if (submission.idempotencyKey === '') return false
  const again = {
    id: batchId(deps.nowMs(), noRandomness),
    idempotencyKey: idempotencyKeyOf(deps.keyedHash, submission.idempotencyKey),
  }
  const phoneKey = phoneKeyOf(deps.keyedHash, submission.phone)
  for (const lookup of deps.claims) {
    const holder = await lookup.holderOf(phoneKey).catch(() => undefined)
    if (holder && judge(again, holder, deps.dedupWindowMs).kind === 'replay') return true
  }
  return false
}

// Only the time in this id is looked at.
const noRandomness = new Uint8Array(9)

/** What proofs were spent on, the newest of them. */
function rememberUses(most: number) {
  const uses = new Map<string, string>()
  return {
    get: (salt: string) => uses.get(salt),
    /** Returns the use that was noted first. */
    note(salt: string, use: string): string {
      const first = uses.get(salt)
      if (first) return first
      uses.set(salt, use)
      if (uses.size > most) uses.delete(uses.keys().next().value!)
      return use
    },
  }
}
