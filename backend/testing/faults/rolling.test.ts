import { expect, test } from 'bun:test'
import { keptOnce, rowsOf, type Said, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: { ...services.env, API_PROCESSES: '2' } })
atEnd(() => line.stop())

const visitorsAtOnce = 40
const triesMax = 5
const retryPauseMs = 50

/** A visitor whose connection breaks tries again with the same key, as the page does. */
async function submitAsThePage(phone: string): Promise<Said> {
  for (let tries = 1; ; tries++)
    try {
      const said = await submitTo(line.origin, phone, { key: `rolling-${phone}` })
      if (said.status !== 503 || tries === triesMax) return said
      await Bun.sleep(retryPauseMs)
    } catch (error) {
      if (tries === triesMax) throw error
      await Bun.sleep(retryPauseMs)
    }
}

function letVisitorsCome() {
  const said = new Map<string, Said>()
  const failed: unknown[] = []
  let leaving = false
  const visits = Array.from({ length: visitorsAtOnce }, async () => {
    while (!leaving) {
      const phone = newPhone()
      await submitAsThePage(phone).then(
        (answer) => said.set(phone, answer),
        (error) => failed.push(error),
      )
    }
  })
  return {
    said,
    failed,
    async leave() {
      leaving = true
      await Promise.all(visits)
    },
  }
}

const started = () => line.api.output().split('"api.ready"').length - 1

async function processes(): Promise<number[]> {
  const { pid } = line.api
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text()
  return text.trim().split(' ').filter(Boolean).map(Number)
}

test('API processes and worker that are asked to stop under load, one after the other, fail no visitor and lose no lead', async () => {
  await until('both processes serve', () => started() === 2)
  const visitors = letVisitorsCome()
  const more = async (what: string) => {
    const before = visitors.said.size
    await until(what, () => visitors.said.size > before + 5 * visitorsAtOnce)
  }
  await more('visitors are answered')
  for (const leaving of await processes()) {
    const before = started()
    process.kill(leaving, 'SIGTERM')
    await until('another process has taken its place', () => started() > before)
    await more('visitors are answered while one process is new')
  }
  await line.worker.kill('SIGTERM')
  await more('visitors are answered while no worker is there')
  await line.worker.start()
  await visitors.leave()

  expect(visitors.failed).toEqual([])
  const answers = [...visitors.said.values()]
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const ids = answers.map(({ id }) => id!)
  await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
  expect(await rowsOf(db, [...visitors.said.keys()])).toHaveLength(ids.length)
  for (const stopped of ['api.stopped', 'worker.stopped'])
    expect(line.api.output() + line.worker.output()).toContain(stopped)
}, 60_000)
