import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../house/sources.ts'

/** How a command ended, and all it wrote. */
export type Ended = Readonly<{ exitCode: number; output: string; tookMs: number }>

export type Command = Readonly<{
  command: readonly string[]
  env?: Readonly<Record<string, string | undefined>>
  /** After this it is killed with all it started. */
  timeoutMs: number
  /** Told twice a minute that it still runs. */
  onWait?: (seconds: number) => void
}>

const waitMs = 30_000

const running = new Set<number>()

/** Runs a command in the root of the repository, without input, and resolves when it has ended. */
export async function run({ command, env = process.env, timeoutMs, onWait }: Command): Promise<Ended> {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'landfast-step-'))
  const path = join(folder, 'output')
  // A file, not a pipe: what a command left running behind would hold a pipe open for ever.
  const output = openSync(path, 'w')
  try {
    const child = Bun.spawn([...command], {
      cwd: root,
      env,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
      detached: true,
    })
    running.add(child.pid)
    let late = false
    const timer = setTimeout(() => {
      late = true
      killGroup(child.pid)
    }, timeoutMs)
    const waiting = setInterval(() => onWait?.(Math.round((performance.now() - startedAt) / 1000)), waitMs)
    const code = await child.exited
    clearTimeout(timer)
    clearInterval(waiting)
    running.delete(child.pid)
    const written = readFileSync(path, 'utf8').trimEnd()
    return {
      exitCode: code,
      output: late ? `${written}\nkilled: it ran for more than ${timeoutMs / 1000} s`.trim() : written,
      tookMs: performance.now() - startedAt,
    }
  } finally {
    closeSync(output)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Kills every command that still runs, with all it started. */
export function killAll(): void {
  for (const pid of running) killGroup(pid)
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}
