import { spawnSync } from 'node:child_process'
import { pathOfProgram } from './programs.ts'

/** What has a process see a clock that is so many days ahead, or behind; what it measures with runs as ever. */
export function clockAhead(days: number): Record<string, string> {
  const offset = `${days < 0 ? '' : '+'}${days}d`
  const { stdout } = spawnSync(pathOfProgram('faketime'), ['-f', offset, 'env'], { encoding: 'utf8' })
  // Its wrapper would stand between us and the process that we end by its id.
  const [, name, library] = /^(LD_PRELOAD|DYLD_INSERT_LIBRARIES)=(.+)$/m.exec(stdout) ?? []
  if (!name || !library) throw new Error('faketime does not say how a process gets its clock')
  return { [name]: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}
