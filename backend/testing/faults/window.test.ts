import { expect, test } from 'bun:test'
import { acceptedAtMs } from '../../batching/ids.ts'
import { rowsOf, type Said, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const windowMs = 3_000
const windows = 3
const clients = 500
const processes = ['api-0', 'api-1']

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({
  env: { ...services.env, API_PROCESSES: '2', DEDUP_WINDOW_S: String(windowMs / 1000) },
})
atEnd(() => line.stop())

/** The processes that have answered "duplicate" or taken a lead. */
async function whoAnswered(): Promise<string[]> {
  const text = await (await fetch(`${line.origin}/metrics`, { headers: { connection: 'close' } })).text()
  const counted = text.matchAll(
    /^lead_submissions_total\{outcome="(?:accepted|duplicate)",process="([^"]+)"\} (\d+)$/gm,
  )
  const found = [...counted].filter(([, , count]) => Number(count) > 0).map(([, name]) => name!)
  return [...new Set(found)].sort()
}

test('500 clients on one phone at two API processes, across the edges of its window: one lead a window, under the id of its 202', async () => {
  await until('both processes answer', async () => {
    await submitTo(line.origin, newPhone())
    return Bun.deepEquals(await whoAnswered(), processes)
  })
  const phone = newPhone()
  const answers: Said[] = []
  const accepted = () => answers.filter(({ status }) => status === 202)
  // None waits for another, so at every edge some are on their way; all stop once the last window is open.
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (accepted().length < windows) answers.push(await submitTo(line.origin, phone))
    }),
  )
  expect(answers.filter(({ status }) => status !== 202 && status !== 200)).toEqual([])
  expect(answers.length).toBeGreaterThan(clients * windows)

  const ids = accepted().map(({ id }) => id!)
  expect(ids).toHaveLength(windows)
  const times = ids.map(acceptedAtMs).sort((a, b) => a - b)
  for (const [index, time] of times.slice(1).entries())
    expect(time - times[index]!).toBeGreaterThanOrEqual(windowMs)

  await until('every lead is stored', async () => (await rowsOf(db, [phone])).length >= windows)
  expect(await rowsOf(db, [phone])).toEqual(ids.sort().map((id) => ({ id, phone, duplicate_of: null })))
}, 60_000)
