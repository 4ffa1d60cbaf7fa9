import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { keptOnce, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db } = await ownServices(['postgres', 'redis'])
const lines: Line[] = []
afterAll(() => Promise.all(lines.map((line) => line.stop())))

async function lineOf(outputPath?: string): Promise<Line> {
  const line = await startLine({ env: { ...services.env, API_PROCESSES: '2' }, outputPath })
  lines.push(line)
  return line
}

/** The worker, the parent of the API processes and those themselves have something to log, and go on. */
async function expectGoesOn(line: Line): Promise<void> {
  const pids = [line.api.pid, line.worker.pid]
  const children = await Bun.file(`/proc/${line.api.pid}/task/${line.api.pid}/children`).text()
  process.kill(Number(children.split(' ')[0]), 'SIGKILL')
  for (let time = 0; time < 2; time += 1) {
    await services.redis.kill()
    // Whoever was on their way to the killed one gets no answer, and comes again.
    const isTaken = async () => (await submitTo(line.origin, newPhone())).status === 202
    await until('leads are taken', () => isTaken().catch(() => false))
    await services.redis.restart()
  }
  const { status, id } = await submitTo(line.origin, newPhone())
  expect(status).toBe(202)
  await until('the lead is stored', async () => (await keptOnce(db, [id!])) === 1)
  expect([line.api.pid, line.worker.pid]).toEqual(pids)
}

test('when the reader of the log goes away, lines are lost and no process is', async () => {
  const line = await lineOf()
  line.api.stopReading()
  line.worker.stopReading()
  await expectGoesOn(line)
}, 90_000)

test.skipIf(!existsSync('/dev/full'))(
  'on a disk without room for the log, lines are lost and no process is',
  async () => {
    await expectGoesOn(await lineOf('/dev/full'))
  },
  90_000,
)
