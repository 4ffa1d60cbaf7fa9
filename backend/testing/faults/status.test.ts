import { expect, test } from 'bun:test'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { gateTo } from '../stage/tcp-gate.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const gate = await gateTo(services.env.REDIS_URL!)
const line = await startLine({
  env: services.env,
  apiEnv: { REDIS_URL: gate.url },
})
atEnd(async () => {
  await line.stop()
  gate.close()
})

/** What one lead's status was, every time it was asked, from its 202 until it was stored. */
type Followed = { id: string; said: Map<string, number>; stored: boolean }

const askers = 40

/** Visitors who submit, follow their lead until it is stored, and begin again. */
function followLeads() {
  const followed: Followed[] = []
  let leaving = false
  async function ask(id: string): Promise<string> {
    const response = await fetch(`${line.origin}/api/leads/${id}/status`, {
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) return ((await response.json()) as { status: string }).status
    await response.body?.cancel()
    return String(response.status)
  }
  async function visit(): Promise<void> {
    while (!leaving) {
      const answer = await submitTo(line.origin, newPhone()).catch(() => undefined)
      if (answer?.status !== 202) {
        await Bun.sleep(10)
        continue
      }
      const one: Followed = { id: answer.id!, said: new Map(), stored: false }
      followed.push(one)
      while (!one.stored) {
        const said = await ask(one.id).catch(() => 'no answer')
        one.said.set(said, (one.said.get(said) ?? 0) + 1)
        one.stored = said === 'stored'
        if (said === 'no answer' || said === '503') await Bun.sleep(10)
      }
    }
  }
  const visits = Array.from({ length: askers }, visit)
  return {
    followed,
    stored: () => followed.filter((each) => each.stored).length,
    async leave() {
      leaving = true
      await Promise.all(visits)
      return followed
    },
  }
}

test('a status is never 404 between the 202 and the row, whichever store is lost meanwhile', async () => {
  const visitors = followLeads()
  const more = async (what: string) => {
    const before = visitors.stored()
    await until(`leads are stored ${what}`, () => visitors.stored() > before + 2 * askers)
  }
  await more('while all is well')
  await line.worker.kill()
  await Bun.sleep(300)
  await line.worker.start()
  await more('after the worker was killed')
  gate.set('shut')
  await more('through Postgres')
  gate.set('open')
  await more('through Redis again')
  await services.postgres.kill()
  await Bun.sleep(500)
  await services.postgres.restart()
  await more('after Postgres was killed')
  await services.redis.kill()
  await services.redis.restart()
  await more('after Redis was killed')
  await line.api.kill()
  await line.api.start()
  await more('after the API was killed')

  const followed = await visitors.leave()
  expect(followed.filter(({ said }) => said.has('404'))).toEqual([])
  const said = new Set(followed.flatMap((each) => [...each.said.keys()]))
  for (const other of ['no answer', '503']) said.delete(other)
  expect([...said].sort()).toEqual(['queued', 'stored'])
}, 90_000)
