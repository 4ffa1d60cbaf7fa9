import { readFileSync } from 'node:fs'
import { median } from './figures.ts'
import { closedLoop } from './load.ts'
import { setStage } from './stage.ts'

/** What the processes held, resting, after so many submissions. */
export type Held = Readonly<{ submissions: number; apiMb: number; workerMb: number; seconds: number }>

type Say = (line: string) => void

const roundSeconds = 10
const connections = 256
const drainDeadlineMs = 300_000
const restMs = 3_000
const looks = 5
const lookEveryMs = 500

/** Sends submissions through one line until each of these counts is reached, and looks at its memory there. */
export async function measureMemory(counts: readonly number[], say: Say): Promise<readonly Held[]> {
  const startedAtMs = performance.now()
  const stage = await setStage(['postgres', 'redis'], say)
  try {
    // Room for the claims of all of them: the server of `start` is sized for the machine, not for this.
    await stage.redis.config('SET', 'maxmemory', '0')
    const line = await stage.start({ worker: true })
    const url = `${line.origin}/api/leads`
    const held: Held[] = []
    let submissions = 0
    let loadedSeconds = 0
    let run = 1_000
    for (const count of [...counts].sort((a, b) => a - b)) {
      while (submissions < count) {
        // The last round is as short as it has to be.
        const leftSeconds = loadedSeconds > 0 ? (count - submissions) / (submissions / loadedSeconds) : 1
        const seconds = Math.max(1, Math.min(roundSeconds, Math.round(leftSeconds)))
        const load = await closedLoop({ url, run: run++, seconds, connections })
        if (load.refused + load.broken > 0) throw new Error(`${load.refused + load.broken} were not accepted`)
        submissions += load.requests
        loadedSeconds += seconds
        await stage.untilDrained(drainDeadlineMs)
        say(`${submissions} submissions: ${inWords(rssMb(line.api.pid), rssMb(line.worker.pid))}`)
      }
      await Bun.sleep(restMs)
      const api: number[] = []
      const worker: number[] = []
      for (let look = 0; look < looks; look++) {
        api.push(rssMb(line.api.pid))
        worker.push(rssMb(line.worker.pid))
        await Bun.sleep(lookEveryMs)
      }
      const seconds = (performance.now() - startedAtMs) / 1000
      held.push({ submissions, apiMb: median(api), workerMb: median(worker), seconds })
    }
    return held
  } finally {
    await stage.stop()
  }
}

const growthMax = 1.2

/** The table, and whether the last figures are within a fifth of the first. */
export function memoryReport(held: readonly Held[]): { text: string; flat: boolean } {
  const [first] = held
  const last = held.at(-1)
  const ratio = (of: 'apiMb' | 'workerMb') => (last?.[of] ?? Number.NaN) / (first?.[of] ?? Number.NaN)
  const flat = ratio('apiMb') <= growthMax && ratio('workerMb') <= growthMax
  const rows = held.map(
    ({ submissions, apiMb, workerMb, seconds }) =>
      `| ${submissions.toLocaleString('en')} | ${apiMb.toFixed(0)} | ${workerMb.toFixed(0)} | ${seconds.toFixed(0)} |`,
  )
  const text = [
    '| submissions | API, resident MB | worker, resident MB | after s |',
    '|---:|---:|---:|---:|',
    ...rows,
    '',
    `Last of first: API ${ratio('apiMb').toFixed(2)}, worker ${ratio('workerMb').toFixed(2)} (at most ${growthMax.toFixed(2)} is good enough).`,
  ].join('\n')
  return { text, flat }
}

const inWords = (apiMb: number, workerMb: number) =>
  `API ${apiMb.toFixed(0)} MB, worker ${workerMb.toFixed(0)} MB`

/** Of Linux only. */
export function rssMb(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
