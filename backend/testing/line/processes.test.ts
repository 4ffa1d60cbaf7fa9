import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until as untilWithin } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const temporary = mkdtempSync(join(tmpdir(), 'landfast-'))
const line = await startLine({ env: { ...services.env, API_PROCESSES: '2', TMPDIR: temporary } })
atEnd(() => rmSync(temporary, { recursive: true, force: true }))
atEnd(() => line.stop())

// A connection of its own for each request, so that the kernel may give it to either process.
const alone = { connection: 'close' }

async function submit(phone: string): Promise<{ status: number; id?: string }> {
  const response = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { ...alone, 'content-type': 'application/json' },
    body: JSON.stringify({ phone }),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

async function acceptedByProcess(): Promise<Record<string, number>> {
  const text = await (await fetch(`${line.origin}/metrics`, { headers: alone })).text()
  const found = text.matchAll(/^lead_submissions_total\{outcome="accepted",process="([^"]+)"\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, name, value]) => [name, Number(value)]))
}

async function untilBothServe(): Promise<void> {
  const deadline = Date.now() + 15_000
  while (Object.keys(await acceptedByProcess()).length < 2 && Date.now() < deadline) await Bun.sleep(50)
}

test('whichever process is scraped answers for all, so no counter ever jumps', async () => {
  await untilBothServe()
  await Promise.all(Array.from({ length: 200 }, () => submit(newPhone())))
  const first = await acceptedByProcess()
  expect(Object.keys(first).sort()).toEqual(['api-0', 'api-1'])
  expect(first['api-0']! + first['api-1']!).toBe(200)
  for (let scrape = 0; scrape < 20; scrape++) expect(await acceptedByProcess()).toEqual(first)
})

test('one phone through both processes at once is one lead', async () => {
  const phone = newPhone()
  const answers = await Promise.all(Array.from({ length: 100 }, () => submit(phone)))
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(99)
})

/** The processes that the API's parent has started. */
async function childrenOf(parent: number): Promise<number[]> {
  const text = await Bun.file(`/proc/${parent}/task/${parent}/children`).text()
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** A process that has ended and that nobody has asked after yet is a zombie, not alive. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await Bun.file(`/proc/${pid}/status`)
    .text()
    .catch(() => '')
  return status !== '' && !/^State:\s+Z/m.test(status)
}

const deadlineMs = 20_000
/** A line that is coming back may also refuse the question. */
const until = (what: string, condition: () => Promise<boolean>) =>
  untilWithin(what, () => condition().catch(() => false), deadlineMs)

test('API processes that are killed come back, one and both, and are scraped again', async () => {
  const parent = line.api.pid!
  const first = await childrenOf(parent)
  process.kill(first[0]!, 'SIGKILL')
  await until('the killed one is replaced', async () => {
    const now = await childrenOf(parent)
    return now.length === 2 && !now.includes(first[0]!)
  })
  await untilBothServe()
  for (const pid of await childrenOf(parent)) process.kill(pid, 'SIGKILL')
  await until('the line answers again', async () => (await submit(newPhone())).status === 202)
  await untilBothServe()
  expect(Object.keys(await acceptedByProcess()).sort()).toEqual(['api-0', 'api-1'])
})

test('a cleaner of temporary files costs nothing, whether the processes go on or are killed after it', async () => {
  const clean = () => {
    const names = readdirSync(temporary)
    for (const name of names) rmSync(join(temporary, name), { recursive: true })
    return names
  }
  expect(clean()).toHaveLength(1)
  await untilBothServe()
  // Each makes its socket anew when it looks next; until then only itself tells of it.
  const sockets = () => readdirSync(temporary, { recursive: true, encoding: 'utf8' })
  await until(
    'both offer theirs',
    async () => sockets().filter((name) => name.endsWith('.sock')).length === 2,
  )
  expect(Object.keys(await acceptedByProcess()).sort()).toEqual(['api-0', 'api-1'])

  clean()
  for (const pid of await childrenOf(line.api.pid!)) process.kill(pid, 'SIGKILL')
  await until('the line answers again', async () => (await submit(newPhone())).status === 202)
  await untilBothServe()
  expect(Object.keys(await acceptedByProcess()).sort()).toEqual(['api-0', 'api-1'])
})

test('API processes whose parent was killed end, so that no other line shares the port with them', async () => {
  const children = await childrenOf(line.api.pid!)
  await line.api.kill('SIGKILL')
  await until('they are gone', async () =>
    (await Promise.all(children.map(isAlive))).every((alive) => !alive),
  )
  await line.api.start()
  await untilBothServe()
  expect((await submit(newPhone())).status).toBe(202)
})
