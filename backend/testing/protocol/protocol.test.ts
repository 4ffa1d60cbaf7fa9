import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createFakeStores } from './fake-stores.ts'
import { anyProgram, calmProgram, windowMs } from './programs.ts'
import { breachesOf, type Command, poisonPhone, runProtocol } from './protocol.ts'

const startMs = 1_800_000_000_000
// Enough to find each mistake below many times over; PROTOCOL_SCHEDULES=100000 takes minutes.
const schedules = Number(process.env.PROTOCOL_SCHEDULES ?? 300)

const run = (program: readonly Command[], mistake?: Parameters<typeof createFakeStores>[0]['mistake']) =>
  runProtocol(createFakeStores({ windowMs, mistake }), program, { windowMs, startMs })

describe('the protocol', () => {
  test('keeps every promise, whatever breaks and in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram, async (program) => {
        expect(breachesOf(await run(program), windowMs)).toEqual([])
      }),
      { numRuns: schedules },
    )
  })

  test('where nothing breaks, keeps one lead a phone, and answers the same key with the same lead', async () => {
    await fc.assert(
      fc.asyncProperty(calmProgram, async (program) => {
        const outcome = await run(program)
        expect(breachesOf(outcome, windowMs)).toEqual([])
        expect(outcome.rows.filter(({ duplicateOf }) => duplicateOf !== null)).toEqual([])
        const first = new Map<string, (typeof outcome.answers)[number]>()
        for (const answer of outcome.answers)
          if (answer.verdict.kind === 'new') first.set(answer.verdict.id, answer)
        for (const { phone, key, verdict } of outcome.answers)
          if (phone !== poisonPhone && verdict.kind === 'replay')
            expect(first.get(verdict.id) ?? { phone, key }).toMatchObject({ phone, key })
      }),
      { numRuns: schedules },
    )
  })
})

describe('the model finds what is wrong with', () => {
  test.each([
    ['claims that are taken before the job is added', 'claims first', 'I1'],
    ['a table that does not look at claims', 'no claims', 'I3'],
    ['a table that stores a redelivered batch again', 'twice', 'I1'],
  ] as const)('%s', async (_, mistake, promise) => {
    const found = await fc.check(
      fc.asyncProperty(anyProgram, async (program) => {
        const breaches = breachesOf(await run(program, mistake), windowMs)
        return !breaches.some((breach) => breach.startsWith(promise))
      }),
      { numRuns: 5_000, endOnFailure: true },
    )
    expect(found.failed).toBe(true)
  })
})
