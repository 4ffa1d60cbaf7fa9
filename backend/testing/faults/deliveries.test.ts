import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { type DeliveryStormOptions, deliveryStorm } from '../chaos/deliveries.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
// Printed, so that a storm that broke something can be had again: bun run chaos --deliveries --seed.
const seed = Math.floor(Math.random() * 1e9)

const short: DeliveryStormOptions = {
  seed,
  leads: 600,
  kills: 5,
  perSecond: 150,
  pauseMs: 200,
  downMs: 2_000,
  // On a busy machine it takes longer to come to as many kills.
  lastsMsMax: 60_000,
  log: say,
  stop: new AbortController().signal,
}

test('every stored lead reaches every receiver, whatever is killed and however they behave, under one id with one body', async () => {
  say(`seed ${seed}`)
  const { faults, accepted, kills, stored } = await deliveryStorm(short)
  expect(faults).toEqual([])
  expect(kills).toBeGreaterThanOrEqual(short.kills)
  expect([accepted, stored].every((count) => count >= short.leads)).toBe(true)
}, 240_000)

test('the same storm finds what is lost by sending in the job handler and then marking the job done', async () => {
  const { faults } = await deliveryStorm({
    ...short,
    // Longer than it tries.
    downMs: 8_000,
    workerEntry: join(import.meta.dir, '../obvious-way/worker.ts'),
  })
  expect(faults.join('\n')).toMatch(/receiver 1 was not told of \d+/)
}, 120_000)
