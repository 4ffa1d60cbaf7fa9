import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * When a process was born, as a text that no later process with the same pid can have.
 * Undefined when no such process runs; one that has ended and was not collected counts as ended.
 */
export function birthOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const [state, ...born] = ps(pid, 'stat=,lstart=').split(/\s+/)
    return !state || state.startsWith('Z') ? undefined : born.join(' ')
  }
  const fields = statOf(pid)
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
}

/** The command line of a process, or an empty text when it is gone. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=')
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** The processes of a group whose command line holds `text`, so that a reused group id harms nobody. */
export function membersOf(group: number, text: string): number[] {
  const members =
    process.platform === 'linux'
      ? readdirSync('/proc')
          .map(Number)
          .filter((pid) => pid > 0 && statOf(pid)?.[2] === String(group))
      : spawnSync('ps', ['-axo', 'pid=,pgid='], { encoding: 'utf8' })
          .stdout.split('\n')
          .map((line) => line.trim().split(/\s+/).map(Number))
          .filter(([, pgid]) => pgid === group)
          .map(([pid]) => pid!)
  return members.filter((pid) => birthOf(pid) !== undefined && commandOf(pid).includes(text))
}

/** The processes whose working directory is a folder, where the system tells (Linux). */
export function workingIn(folder: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
}

/** Resolves true when the process is gone, false when it still runs after `timeoutMs`. */
export async function goneWithin(pid: number, timeoutMs: number): Promise<boolean> {
  const born = birthOf(pid)
  const deadline = Date.now() + timeoutMs
  while (born !== undefined && birthOf(pid) === born) {
    if (Date.now() >= deadline) return false
    await Bun.sleep(20)
  }
  return true
}

/** Sends a signal; a process that is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}

// The fields of /proc/PID/stat from the third on; the second, the name, may hold spaces and brackets.
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function ps(pid: number, columns: string): string {
  return spawnSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}
