import { describe, expect, test } from 'bun:test'
import { batchId } from '../batching/ids.ts'
import { createKeyedHash } from '../keyed-hash.ts'
import { createMemoryLeads } from '../memory/leads.ts'
import { createMemorySpentProofs } from '../memory/spent-proofs.ts'
import { newPhone } from '../testing/stage/leads.ts'
import { solve } from '../testing/stage/proofs.ts'
import { challengeTtlMs } from './challenge.ts'
import { idempotencyKeyOf, phoneKeyOf } from './phone.ts'
import { createProofGate } from './proof.ts'

const dedupWindowMs = 3_600_000

function setUp() {
  const keyedHash = createKeyedHash('k'.repeat(32))
  const claims = createMemoryLeads({ dedupWindowMs })
  const spent = createMemorySpentProofs()
  const state = { nowMs: 1_800_000_000_000 }
  const gateOf = (shared?: typeof spent) =>
    createProofGate({
      required: () => true,
      difficultyBits: () => 4,
      keyedHash,
      spent: shared,
      claims: [claims],
      dedupWindowMs,
      nowMs: () => state.nowMs,
      rememberedMax: 3,
    })
  const gate = gateOf(spent)
  const proof = () => solve(gate.challenge())
  /** Says in a word what became of a submission. */
  const check = (submission: { phone: string; idempotencyKey?: string; proof?: string }, at = gate) =>
    at.check({ idempotencyKey: '', ...submission }).then(
      () => 'taken',
      (error) => error.code,
    )
  /** As the line does when it takes a submission. */
  const take = (phone: string, idempotencyKey: string) =>
    claims.commit({
      id: '',
      leads: [
        {
          id: batchId(state.nowMs, new Uint8Array(9)),
          phone,
          phoneKey: phoneKeyOf(keyedHash, phone),
          idempotencyKey: idempotencyKeyOf(keyedHash, idempotencyKey),
        },
      ],
    })
  return { gateOf, spent, claims, state, proof, check, take }
}

describe('while proofs are required', () => {
  test('a submission with a solved challenge is taken, one without is not', async () => {
    const { proof, check } = setUp()
    expect(await check({ phone: newPhone(), proof: proof() })).toBe('taken')
    expect(await check({ phone: newPhone() })).toBe('proof_required')
    expect(await check({ phone: newPhone(), proof: 'x' })).toBe('proof_required')
  })

  test('a solution is spent once: not on a second phone, nor under another key', async () => {
    const { proof, check } = setUp()
    const [phone, spentProof] = [newPhone(), proof()]
    expect(await check({ phone, idempotencyKey: 'one', proof: spentProof })).toBe('taken')
    expect(await check({ phone: newPhone(), idempotencyKey: 'one', proof: spentProof })).toBe(
      'proof_required',
    )
    expect(await check({ phone, idempotencyKey: 'two', proof: spentProof })).toBe('proof_required')
  })

  test('of many submissions that spend one solution at once, one is taken', async () => {
    const { proof, check } = setUp()
    const one = proof()
    const all = await Promise.all(Array.from({ length: 20 }, () => check({ phone: newPhone(), proof: one })))
    expect(all.filter((each) => each === 'taken')).toHaveLength(1)
  })

  test('what one process saw spent is spent in the others', async () => {
    const { gateOf, spent, proof, check } = setUp()
    const one = proof()
    expect(await check({ phone: newPhone(), proof: one })).toBe('taken')
    expect(await check({ phone: newPhone(), proof: one }, gateOf(spent))).toBe('proof_required')
  })

  test('a solution that came too late is none', async () => {
    const { proof, check, state } = setUp()
    const late = proof()
    state.nowMs += challengeTtlMs
    expect(await check({ phone: newPhone(), proof: late })).toBe('proof_required')
  })
})

describe('a retry after a lost answer', () => {
  test('brings the same proof, and is let through until the answer arrives', async () => {
    const { proof, check } = setUp()
    const submission = { phone: newPhone(), idempotencyKey: 'one', proof: proof() }
    for (const _ of [1, 2, 3]) expect(await check(submission)).toBe('taken')
  })

  test('is let through by a process that saw nothing of the first try', async () => {
    const { gateOf, spent, proof, check } = setUp()
    const submission = { phone: newPhone(), idempotencyKey: 'one', proof: proof() }
    expect(await check(submission)).toBe('taken')
    expect(await check(submission, gateOf(spent))).toBe('taken')
  })

  test('needs no second proof once the submission was accepted, also when the first has expired', async () => {
    const { proof, check, take, state } = setUp()
    const submission = { phone: newPhone(), idempotencyKey: 'one', proof: proof() }
    await check(submission)
    await take(submission.phone, 'one')
    state.nowMs += challengeTtlMs
    expect(await check(submission)).toBe('taken')
    expect(await check({ ...submission, proof: undefined })).toBe('taken')
  })

  test('is nobody else: another key, no key or another phone do need a proof', async () => {
    const { check, take } = setUp()
    const phone = newPhone()
    await take(phone, 'one')
    await take(newPhone(), '')
    expect(await check({ phone, idempotencyKey: 'two' })).toBe('proof_required')
    expect(await check({ phone })).toBe('proof_required')
    expect(await check({ phone: newPhone(), idempotencyKey: 'one' })).toBe('proof_required')
  })

  test('needs a proof when the window has ended, as it is a new lead then', async () => {
    const { check, take, state } = setUp()
    const phone = newPhone()
    await take(phone, 'one')
    state.nowMs += dedupWindowMs
    expect(await check({ phone, idempotencyKey: 'one' })).toBe('proof_required')
  })

  test('is asked for a proof when no store can say that it was accepted', async () => {
    const { check, take, claims } = setUp()
    const phone = newPhone()
    await take(phone, 'one')
    claims.failNext(new Error('connect ECONNREFUSED'))
    expect(await check({ phone, idempotencyKey: 'one' })).toBe('proof_required')
  })
})

describe('while Redis is away', () => {
  test('a process goes by what it has seen itself, before and meanwhile', async () => {
    const { spent, proof, check } = setUp()
    const [before, meanwhile] = [proof(), proof()]
    expect(await check({ phone: newPhone(), proof: before })).toBe('taken')
    spent.fail(true)
    expect(await check({ phone: newPhone(), proof: before })).toBe('proof_required')
    expect(await check({ phone: newPhone(), proof: meanwhile })).toBe('taken')
    expect(await check({ phone: newPhone(), proof: meanwhile })).toBe('proof_required')
    spent.fail(false)
    expect(await check({ phone: newPhone(), proof: meanwhile })).toBe('proof_required')
  })

  test('its memory is bounded: it forgets the oldest', async () => {
    const { gateOf, proof, check } = setUp()
    const alone = gateOf()
    const proofs = Array.from({ length: 4 }, proof)
    for (const each of proofs) await check({ phone: newPhone(), proof: each }, alone)
    expect(await check({ phone: newPhone(), proof: proofs[3]! }, alone)).toBe('proof_required')
    expect(await check({ phone: newPhone(), proof: proofs[0]! }, alone)).toBe('taken')
  })

  test('of many submissions at once with one solution one is taken', async () => {
    const { gateOf, proof, check } = setUp()
    const [one, alone] = [proof(), gateOf()]
    const all = await Promise.all(
      Array.from({ length: 20 }, () => check({ phone: newPhone(), proof: one }, alone)),
    )
    expect(all.filter((each) => each === 'taken')).toHaveLength(1)
  })
})
