import { spawnSync } from 'node:child_process'
import { pathOfProgram } from './programs.ts'

let preload: Record<string, string> | undefined

/**
 * The variable that loads faketime into a process. Asked once: its wrapper names shared memory by its process id
 * and says nothing else where a process that was killed had left that name.
 */
function preloaded(): Record<string, string> {
  const { stdout, stderr, status, error } = spawnSync(pathOfProgram('faketime'), ['-f', '+1d', 'env'], {
    encoding: 'utf8',
  })
  const [, name, library] = /^(LD_PRELOAD|DYLD_INSERT_LIBRARIES)=(.+)$/m.exec(stdout) ?? []
  if (!name || !library)
    throw new Error(`faketime does not say how a process gets its clock: ${error ?? `${status} ${stderr}`}`)
  return { [name]: library }
}

/** What has a process see a clock that is so many days ahead, or behind; what it measures with runs as ever. */
export function clockAhead(days: number): Record<string, string> {
  // Its wrapper would stand between us and the process that we end by its id.
  preload ??= preloaded()
  return { ...preload, FAKETIME: `${days < 0 ? '' : '+'}${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}
