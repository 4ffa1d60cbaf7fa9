import { expect, test } from 'bun:test'
import { newPhone } from './leads.ts'
import { startLine } from './line.ts'
import { ownServices } from './own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: { ...services.env, API_PROCESSES: '2' } })
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
