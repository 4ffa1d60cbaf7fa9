import { exportFormats } from '../../desk/export.ts'
import { theCommand } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import type { Line } from '../../testing/stage/line.ts'
import { ownGenerator } from '../load.ts'
import { rssMb } from '../memory.ts'
import { momentAt } from './rows.ts'
import type { Desk } from './views.ts'

/** A file that was fetched while leads came, beside the same time without one. */
export type ExportRun = Readonly<{
  format: string
  rows: number
  mb: number
  perSecond: number
  firstByteMs: number
  /** The most resident memory of the API in the first quarter of the file's time, and in the last. */
  rssMb: readonly [first: number, last: number]
  /** Of submissions, from when they were due. */
  p99Ms: Readonly<{ without: number; beside: number }>
  /** What is wrong with it; empty: its receipt has its rows and its hash. */
  faults: readonly string[]
}>

const root = '/api/admin/exports'
const perSecond = 100
const connections = 32
const lookEveryMs = 100
// So many submissions tell their p99, however long the file took.
const secondsMax = 10

/** Fetches a file of each format of the latest leads, while others are submitted. */
export async function measureExports(
  { origin, db }: Pick<Desk, 'origin' | 'db'>,
  line: Line,
  input: Readonly<{ rows: number; there: number; nextRun(): number; say(line: string): void }>,
): Promise<readonly ExportRun[]> {
  const view = { since: momentAt(Math.min(1, input.rows / input.there)).toISOString() }
  const { text, kept } = newOperatorKey('bench', { rights: new Set(['leads.export', 'leads.read']) })
  await createOperatorKeys(db).add(kept, {
    ...{ by: theCommand, action: 'key.made', subject: kept.id },
  })
  const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' }
  const submit = (seconds: number) =>
    ownGenerator({ ...{ origin, seconds, connections, perSecond }, run: input.nextRun() })
  const runs: ExportRun[] = []
  await submit(3)
  for (const format of exportFormats) {
    const asked = await fetch(`${origin}${root}`, {
      ...{ method: 'POST', headers },
      body: JSON.stringify({ format, view }),
    })
    const { id, file } = (await asked.json()) as { id: string; file: string }
    const fetched = fetchFile(`${origin}${file}`, headers, () => rssMb(line.api.pid))
    const beside = await submitWhile(submit, fetched)
    const { bytes, tookMs, firstByteMs, sha256, held } = await fetched
    const without = await submit(Math.min(secondsMax, Math.max(3, Math.round(tookMs / 1000))))
    const { data } = (await (await fetch(`${origin}${root}`, { headers })).json()) as {
      data: readonly Receipt[]
    }
    const quarter = Math.ceil(held.length / 4)
    const receipt = data.find((each) => each.id === id)
    const run = {
      ...{ format, firstByteMs, rows: receipt?.rows ?? 0, mb: bytes / 1e6 },
      perSecond: (receipt?.rows ?? 0) / (tookMs / 1000),
      rssMb: [Math.max(...held.slice(0, quarter)), Math.max(...held.slice(-quarter))] as const,
      p99Ms: { without: without.p99Us / 1000, beside },
      faults: [
        ...(receipt?.sha256 === sha256 ? [] : ['the hash of the receipt is another']),
        ...(receipt?.bytes === bytes ? [] : ['the size of the receipt is another']),
      ],
    }
    runs.push(run)
    input.say(
      `${format}: ${Math.round(run.perSecond)} rows a second, API ${run.rssMb.map((mb) => mb.toFixed(0)).join(' to ')} MB`,
    )
  }
  return runs
}

type Receipt = Readonly<{ id: string; rows: number; bytes: number; sha256: string }>

/** The p99 of submissions until the file is there, in bursts. */
async function submitWhile(
  submit: (seconds: number) => Promise<Readonly<{ p99Us: number }>>,
  fetched: Promise<unknown>,
): Promise<number> {
  let isThere = false
  fetched.finally(() => (isThere = true)).catch(() => {})
  let worst = 0
  do worst = Math.max(worst, (await submit(3)).p99Us)
  while (!isThere)
  return worst / 1000
}

async function fetchFile(url: string, headers: Readonly<Record<string, string>>, rss: () => number) {
  const hasher = new Bun.CryptoHasher('sha256')
  let [bytes, firstByteMs] = [0, Number.NaN]
  const held = [rss()]
  const looking = setInterval(() => held.push(rss()), lookEveryMs)
  const startedAtMs = performance.now()
  try {
    const answer = await fetch(url, { headers })
    if (answer.status !== 200) throw new Error(`${answer.status} ${(await answer.text()).slice(0, 200)}`)
    for await (const chunk of answer.body!) {
      if (bytes === 0) firstByteMs = performance.now() - startedAtMs
      bytes += chunk.length
      hasher.update(chunk)
    }
    const tookMs = performance.now() - startedAtMs
    return { bytes, tookMs, firstByteMs, held, sha256: hasher.digest('hex') }
  } finally {
    clearInterval(looking)
  }
}
