import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Choice, givenAddress, type Machine } from './machine.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

/** A program that speaks the Mongo wire, and which one it is. */
export type MongoProgram = Readonly<{ kind: 'mongod' | 'ferretdb'; path: string }>

export const ferretdbVersion = '1.24.2'
/** Where the Go source is that embeds FerretDB. */
export const ferretdbSource = join(import.meta.dir, 'ferretdb')

/** Where the request log goes: MONGO_URL, mongod on PATH, FerretDB from the cache or built with Go, or nowhere. */
export function chooseMongo(machine: Machine): Choice<MongoProgram> {
  const url = givenAddress(machine.env, 'MONGO_URL')
  if (url) return { from: 'environment', url, how: 'MONGO_URL' }
  const mongod = machine.program('mongod')
  if (mongod)
    return {
      from: 'machine',
      server: { kind: 'mongod', path: mongod },
      how: `mongod on this machine (${mongod})`,
    }
  const binary = join(
    machine.cacheDir,
    `ferretdb-${ferretdbVersion}-${machine.platform}-${machine.arch}`,
    'ferretdb',
  )
  const how = `FerretDB ${ferretdbVersion}, built here`
  if (machine.exists(binary)) return { from: 'machine', server: { kind: 'ferretdb', path: binary }, how }
  const go = machine.program('go')
  if (go) return { from: 'install', install: { with: 'go', go, binary }, how }
  return {
    from: 'nowhere',
    how: 'no mongod and no Go was found: install either of them, or set MONGO_URL; leads are kept without it',
  }
}

/** A running Mongo wire on the loopback address, without a password. */
export async function startMongo(
  deps: ServerDeps,
  input: { program: MongoProgram; port: number },
): Promise<Server> {
  const { program } = input
  // Each keeps its files in its own format.
  const folder = deps.dataDir.file(program.kind === 'mongod' ? 'mongo' : 'ferretdb')
  return runServer(deps, {
    name: 'mongo',
    title: 'Mongo',
    port: input.port,
    // FerretDB makes an address of its folder, in which a # or a % of the path would be signs.
    cwd: folder,
    stopTimeoutMs: 10_000,
    command(port) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return program.kind === 'mongod'
        ? [program.path, '--dbpath', folder, '--bind_ip', '127.0.0.1', '--port', String(port)]
        : [program.path, `127.0.0.1:${port}`, '.']
    },
    ping: answersTcp,
  })
}

/** Where Mongo listens. */
export const mongoUrl = (port: number) => `mongodb://127.0.0.1:${port}/landfast`

function answersTcp(port: number): Promise<'ready'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve('ready')
    })
    socket.once('error', reject)
  })
}
