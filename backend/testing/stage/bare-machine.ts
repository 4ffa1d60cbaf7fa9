import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { thisMachine } from '../../local/machine.ts'
import { serversOf } from '../../local/postgres-choice.ts'
import { root } from '../house/sources.ts'

/** A fresh clone on a machine without Postgres, in the home of whoever works there, which nobody else may enter. */
export type BareMachine = Readonly<{
  /** Why a Postgres can still be found there, if it can. */
  notBare: string | undefined
  /** Runs a script of package.json in the clone. */
  run(...script: string[]): Running
  remove(): void
}>

export type Running = Readonly<{
  output(): string
  /** Resolves with the exit code. */
  ended: Promise<number | null>
  end(signal: NodeJS.Signals): void
}>

const leftOut = ['node_modules', '.git', '.data', '.env', 'frontend/dist']
// What programs take for a sign of theirs, and a letter that is more than one byte.
const oddName = `landfast's #1 %41 (é) & $HOME`
const programs = ['postgres', 'initdb', 'pg_ctl']

/** Everything lies in a folder of mode 0700: the clone, HOME and TMPDIR; and `umask` gives nobody else any right. */
export function bareMachine(): BareMachine {
  const home = mkdtempSync(join(tmpdir(), 'landfast-home-'))
  const checkout = join(home, oddName)
  cpSync(root, checkout, {
    recursive: true,
    filter: (path) => !leftOut.includes(relative(root, path)),
  })
  mkdirSync(join(home, 'tmp'))
  const env = {
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    PATH: pathWithoutPostgres(join(home, 'bin')),
    // What this machine has downloaded is not downloaded again.
    BUN_INSTALL_CACHE_DIR: spawnSync(process.execPath, ['pm', 'cache'], { cwd: root })
      .stdout.toString()
      .trim(),
    PORT: '0',
    WORKER_PORT: '0',
  }
  const hidden = serversOf(thisMachine(env)).map(({ bin }) => bin)
  const hiding = hidden.map((bin) => `mount -t tmpfs none '${bin}' && `).join('')
  const apart = hidden.length > 0 ? ['unshare', '-m'] : []
  const words = (...command: string[]) => [
    ...apart,
    'sh',
    '-c',
    `umask 077; ${hiding}exec "$@"`,
    'sh',
    ...command,
  ]
  const tried = words('true')
  const canHide = spawnSync(tried[0]!, tried.slice(1)).status === 0
  return {
    notBare: canHide ? undefined : `${hidden.join(' and ')} cannot be hidden here`,
    run(...script) {
      const command = [process.execPath, 'run', ...script]
      const [program = '', ...args] = canHide ? words(...command) : command
      const child = spawn(program, args, {
        cwd: checkout,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += chunk
        })
      return {
        output: () => output,
        ended: new Promise((resolve) => child.once('exit', resolve)),
        end: (signal) => child.kill(signal),
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** PATH without Postgres: a folder that holds one is replaced by links to everything else in it, made below `folder`. */
function pathWithoutPostgres(folder: string): string {
  return (process.env.PATH ?? '')
    .split(':')
    .map((path, place) => {
      if (!existsSync(join(path, 'postgres'))) return path
      const links = join(folder, String(place))
      mkdirSync(links, { recursive: true })
      for (const name of readdirSync(path))
        if (!programs.includes(name)) symlinkSync(join(path, name), join(links, name))
      return links
    })
    .join(':')
}
