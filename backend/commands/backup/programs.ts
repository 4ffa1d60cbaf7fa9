import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { installCommand, type Machine } from '../../local/machine.ts'
import { serversOf } from '../../local/postgres-choice.ts'
import { CommandFault } from '../command.ts'
import { type SealedFile, seal } from './sealed.ts'

/** A program that came with Postgres: the one on PATH, else that of a server of this machine. */
export function postgresProgram(machine: Machine, name: 'pg_dump' | 'pg_restore'): string {
  const beside = serversOf(machine).map(({ bin }) => join(bin, name))
  const found = machine.program(name) ?? beside.find(machine.exists)
  if (found) return found
  const command = installCommand(machine, {
    apt: 'postgresql-client',
    brew: 'libpq',
    apk: 'postgresql-client',
    dnf: 'postgresql',
  })
  throw new CommandFault(
    `${name} was not found: run "${command}", in the version of your Postgres or a later one.`,
  )
}

/** How the programs of Postgres are told of an address: no list of processes shows its password. */
export function addressFor(url: string): Readonly<{ dbname: string; env: Record<string, string> }> {
  const address = new URL(url)
  const password = decodeURIComponent(address.password)
  address.password = ''
  return { dbname: address.href, env: { PGPASSWORD: password, PGCONNECT_TIMEOUT: '10' } }
}

export type Piped = Readonly<{
  child: ChildProcess
  /** Rejects with what the program said last, where it did not end well. */
  ended: Promise<void>
}>

/** Runs a program whose input or output is a stream of ours. */
export function runPiped(
  command: readonly [string, ...string[]],
  options: Readonly<{ env?: Record<string, string>; stdin?: 'pipe'; stdout?: 'pipe' }> = {},
): Piped {
  const [program, ...args] = command
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...options.env },
    stdio: [options.stdin ?? 'ignore', options.stdout ?? 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const lines = said.trim().split('\n')
      const telling = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1)
      if (code === 0) resolve()
      else reject(new Error(telling || `${program} ended with code ${code}`))
    })
  })
  // Whoever waits for the stream first hears of it a moment later.
  ended.catch(() => {})
  return { child, ended }
}

/** Writes a stream into a program, which ends well. */
export async function feed({ child, ended }: Piped, plain: AsyncIterable<Buffer>): Promise<void> {
  const input = child.stdin!
  // A program that ends early says why when it has ended.
  input.on('error', () => {})
  for await (const chunk of plain)
    if (!input.write(chunk))
      await Promise.race([new Promise((resolve) => input.once('drain', resolve)), ended])
  input.end()
  await ended
}

/** Seals what a program writes. Rejects where the program did not end well. */
export async function sealOutput(
  command: readonly [string, ...string[]],
  { env, key, path }: Readonly<{ env?: Record<string, string>; key: string; path: string }>,
): Promise<SealedFile> {
  let running: Piped | undefined
  const open = () => {
    running = runPiped(command, { env, stdout: 'pipe' })
    return running.child.stdout!
  }
  const sealed = await seal(open, key, path)
  await running?.ended
  return sealed
}

/** A folder as one stream. */
export const packing = (folder: string) => ['tar', '-C', folder, '-cf', '-', '.'] as const

/** The opposite of `packing`. */
export function unpack(plain: AsyncIterable<Buffer>, folder: string): Promise<void> {
  return feed(runPiped(['tar', '-C', folder, '-xf', '-'], { stdin: 'pipe' }), plain)
}
