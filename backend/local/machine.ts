import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withPassword } from '../address-setting.ts'
import { everybodyMayRun } from './program-copy.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the choice of servers depends on. Asking it starts nothing and changes nothing. */
export type Machine = Readonly<{
  env: Environment
  platform: NodeJS.Platform
  arch: string
  isRoot: boolean
  cacheDir: string
  /** The full path of a program on PATH. */
  program: (name: string) => string | undefined
  /** The names in a folder; none when there is no such folder. */
  names: (folder: string) => readonly string[]
  exists: (path: string) => boolean
  /** Whether every user of the machine may reach and run a program. */
  everybodyMayRun: (program: string) => boolean
  /** What a program prints, or nothing when it fails. */
  ask: (program: string, ...args: string[]) => string
}>

/** The machine we are on. */
export function thisMachine(env: Environment): Machine {
  const home = env.HOME || homedir()
  const ask: Machine['ask'] = (program, ...args) => {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', cwd: '/', timeout: 15_000 })
    return status === 0 ? stdout.trim() : ''
  }
  return {
    env,
    platform: process.platform,
    arch: process.arch,
    isRoot: process.getuid?.() === 0,
    cacheDir:
      env.XDG_CACHE_HOME || process.platform !== 'darwin'
        ? join(env.XDG_CACHE_HOME || join(home, '.cache'), 'landfast')
        : join(home, 'Library', 'Caches', 'landfast'),
    program: (name) =>
      Bun.which(name, { PATH: `${env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }) ?? undefined,
    names(folder) {
      try {
        return readdirSync(folder)
      } catch {
        return []
      }
    },
    exists: existsSync,
    everybodyMayRun,
    ask,
  }
}

/** A setting as `readConfig` sees it: `NAME_FILE` before `NAME`; nothing when unset or empty. */
export function given(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  if (!file) return env[name]?.trim() || undefined
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

/** The address of a store, with its password where that is a setting of its own. */
export function givenAddress(
  env: Environment,
  name: 'DATABASE_URL' | 'REDIS_URL' | 'MONGO_URL',
): string | undefined {
  const address = given(env, name)
  return address && withPassword(address, given(env, `${name}_PASSWORD`) ?? '')
}

/** Where a service comes from. `how` is one line for people. */
export type Choice<Server> =
  | Readonly<{ from: 'environment'; url: string; how: string }>
  | Readonly<{ from: 'machine'; server: Server; how: string }>
  | Readonly<{ from: 'install'; install: Install; how: string }>
  | Readonly<{ from: 'nowhere'; how: string }>

/** What can be had without asking: a package of the system, or a Go program built here. */
export type Install =
  | Readonly<{ with: 'apt-get'; packages: readonly string[]; sudo: boolean }>
  | Readonly<{ with: 'brew'; packages: readonly string[] }>
  | Readonly<{ with: 'go'; go: string; binary: string }>

/** How packages can be installed here without a question, if they can. */
export function packageManager(
  machine: Machine,
): { with: 'apt-get'; sudo: boolean } | { with: 'brew' } | undefined {
  if (machine.platform === 'linux' && machine.program('apt-get')) {
    if (machine.isRoot) return { with: 'apt-get', sudo: false }
    const sudo = machine.program('sudo')
    if (sudo && machine.ask(sudo, '-n', 'sh', '-c', 'echo yes') === 'yes')
      return { with: 'apt-get', sudo: true }
  }
  return !machine.isRoot && machine.program('brew') ? { with: 'brew' } : undefined
}

/** The command a person would run to install a package here. */
export function installCommand(
  machine: Machine,
  packages: { apt: string; brew: string; apk: string; dnf: string },
) {
  if (machine.platform === 'darwin') return `brew install ${packages.brew}`
  const sudo = machine.isRoot ? '' : 'sudo '
  if (machine.program('apk')) return `${sudo}apk add ${packages.apk}`
  if (machine.program('dnf')) return `${sudo}dnf install ${packages.dnf}`
  return `${sudo}apt-get install ${packages.apt}`
}
