import { join } from 'node:path'
import type { GeneratorPlan, GeneratorResult } from './generator.ts'

/** What a load was answered, as far as every generator tells it. Times are in microseconds. */
export type Load = Pick<
  GeneratorResult,
  'requests' | 'durationUs' | 'refused' | 'broken' | 'p50Us' | 'p99Us'
> &
  Cost

type Cost = Readonly<{ generatorCpuUs: number }>

export type ClosedLoop = Readonly<{
  url: string
  /** A number that no other load has. */
  run: number
  /** Absent: submissions. */
  sends?: 'events' | 'visits'
  /** How long each connection waits before it sends again; absent: not at all. */
  pauseMs?: number
  /** As any other program, and not as a batch task. */
  foreground?: boolean
  /** Of a visitor who was here before; for visits. */
  cookie?: string
  seconds: number
  connections: number
}>

const threads = 2

/** Which program sends the closed loops. */
export function closedLoopBy(): string {
  if (!Bun.which('wrk')) return 'the generator in backend/bench'
  return politely().length > 0 ? 'wrk (as a batch task)' : 'wrk'
}

/**
 * On a shared machine each answer wakes the generator, which by default takes the core of the very server that is in the
 * middle of answering others. As a batch task it waits for a free one, as if it ran on a machine of its own.
 */
function politely(): string[] {
  const chrt = Bun.which('chrt')
  return chrt ? [chrt, '-b', '0'] : []
}

/** As many requests as are answered, over connections that each wait for their answer. */
export async function closedLoop(loop: ClosedLoop): Promise<Load> {
  const wrk = Bun.which('wrk')
  const { origin } = new URL(loop.url)
  const { run, seconds, connections } = loop
  if (!wrk && loop.sends) throw new Error(`Measuring ${loop.sends} needs wrk: apt-get install wrk.`)
  if (!wrk) return ownGenerator({ origin, run, seconds, connections })
  const { out, cpuUs } = await runToEnd([
    ...(loop.foreground ? [] : politely()),
    wrk,
    `-t${Math.min(threads, connections)}`,
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout=10s',
    ...(loop.cookie ? ['-H', `Cookie: ${loop.cookie}`] : []),
    '-s',
    join(import.meta.dir, 'wrk.lua'),
    loop.url,
    '--',
    origin,
    String(run),
    loop.sends ?? 'leads',
    ...(loop.pauseMs ? [String(loop.pauseMs)] : []),
  ])
  const line = /^RESULT (.*)$/m.exec(out)?.[1]
  if (!line) throw new Error(`wrk said nothing of its run: ${out.slice(-300)}`)
  return { ...(JSON.parse(line) as Omit<Load, keyof Cost>), generatorCpuUs: cpuUs }
}

/** Our own generator, as a process of its own, for open loops and where there is no wrk. */
export async function ownGenerator(plan: GeneratorPlan): Promise<GeneratorResult & Cost> {
  const { out, cpuUs } = await runToEnd([
    process.execPath,
    '--no-env-file',
    join(import.meta.dir, 'generator.ts'),
    JSON.stringify(plan),
  ])
  return { ...(JSON.parse(out) as GeneratorResult), generatorCpuUs: cpuUs }
}

async function runToEnd(command: string[]): Promise<{ out: string; cpuUs: number }> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, said, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${said.slice(-500)}`)
  return { out, cpuUs: Number(child.resourceUsage()?.cpuTime.total ?? 0) }
}
