import { beforeEach, describe, expect, test } from 'bun:test'
import type { Challenge } from '../../leads/challenge.ts'
import { theSystem } from '../../operators/audit.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { rowsOf, submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { solve } from '../stage/proofs.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const live = createLiveStore(db)
const setting = { rolloutPercent: 100, killed: false }
await live.setFlag('proof_of_work', theSystem, () => ({ ...setting, value: true }))
await live.setFlag('proof_of_work_difficulty', theSystem, () => ({ ...setting, value: 8 }))
const line = await startLine({ env: { ...services.env, API_PROCESSES: '2' } })
const toApi = await gateTo(line.origin)
atEnd(async () => {
  await line.stop()
  toApi.close()
})

async function prove(): Promise<string> {
  const response = await fetch(`${line.origin}/api/challenge`, { headers: { connection: 'close' } })
  return solve((await response.json()) as Challenge)
}

beforeEach(() => untilRedisPath(line.origin, 'open'))

describe('two API processes that ask for a proof of work', () => {
  test('refuse a submission without one, and take one that brings the other process\u2019s', async () => {
    for (let tries = 0; tries < 10; tries++) {
      expect((await submitTo(line.origin, newPhone())).status).toBe(403)
      expect((await submitTo(line.origin, newPhone(), { fields: { proof: await prove() } })).status).toBe(202)
    }
  })

  test('let one of many submissions spend a proof, whichever process they meet', async () => {
    const fields = { proof: await prove() }
    const phones = Array.from({ length: 40 }, newPhone)
    const answers = await Promise.all(phones.map((phone) => submitTo(line.origin, phone, { fields })))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(39)
  })

  test('lose no lead whose answer was lost: the same proof and key get it again after a restart', async () => {
    const [phone, proof] = [newPhone(), await prove()]
    toApi.watch((direction) => (direction === 'answered' ? 'cut' : 'pass'))
    const retry = { key: 'lost-answer', fields: { proof } }
    await expect(submitTo(toApi.url, phone, retry)).rejects.toThrow()
    toApi.watch(undefined)
    await until('the lead is stored', async () => (await rowsOf(db, [phone])).length > 0)
    // Killed, the parent would leave processes behind that answer for a moment more.
    await line.api.kill('SIGTERM')
    await line.api.start()
    const [row] = await rowsOf(db, [phone])
    expect(await submitTo(line.origin, phone, retry)).toMatchObject({
      status: 202,
      id: row!.id,
      replayed: true,
    })
    expect(await submitTo(line.origin, phone, { key: 'lost-answer' })).toMatchObject({
      status: 202,
      id: row!.id,
      replayed: true,
    })
  })

  test('take leads and tell retries from others while Redis is gone', async () => {
    const [early, phone] = [newPhone(), newPhone()]
    const first = await submitTo(line.origin, early, { key: 'early', fields: { proof: await prove() } })
    await until('the lead is stored', async () => (await rowsOf(db, [early])).length > 0)
    await services.redis.kill()
    const retry = { key: 'without-redis', fields: { proof: await prove() } }
    const taken = await submitTo(line.origin, phone, retry)
    expect(taken.status).toBe(202)
    for (let tries = 0; tries < 4; tries++)
      expect(await submitTo(line.origin, phone, retry)).toMatchObject({ status: 202, id: taken.id! })
    expect(await submitTo(line.origin, early, { key: 'early' })).toMatchObject({ status: 202, id: first.id! })
    expect((await submitTo(line.origin, newPhone(), { key: 'early' })).status).toBe(403)
    await services.redis.restart()
    await untilRedisPath(line.origin, 'open')
    expect(await submitTo(line.origin, phone, { key: 'without-redis' })).toMatchObject({
      status: 202,
      id: taken.id!,
    })
  })
})
