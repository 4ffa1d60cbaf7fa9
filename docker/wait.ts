import { createConnection } from 'node:net'
import { Client } from 'pg'
import { InvalidConfig, readConfig } from '../backend/config.ts'
import { connectionFault } from '../backend/connection-fault.ts'
import { openRedis } from '../backend/redis/topology.ts'

/**
 * One thing to wait for. `ask` resolves when it is ready and rejects while it is not;
 * `final` marks a refusal that waiting does not mend, such as a wrong password.
 */
export type Store = Readonly<{ name: string; ask(): Promise<void>; final?(error: unknown): boolean }>

export type WaitOptions = Readonly<{
  deadlineMs: number
  /** How long a second store is waited for once one of a group answers. */
  secondMs: number
  nowMs(): number
  pause(): Promise<void>
  say(sentence: string): void
}>

/** Why there is no use in waiting on. The message is for the operator and names no secret. */
export class GaveUp extends Error {}

/**
 * Waits until one store of the group is ready, and a while longer for the others.
 * @throws GaveUp when none is by the deadline, or when one refuses for good.
 */
export async function waitForOneOf(group: readonly Store[], options: WaitOptions): Promise<void> {
  const startedMs = options.nowMs()
  const waiting = new Map(group.map((store) => [store, 'no answer yet']))
  let firstMs: number | undefined
  let told = ''
  while (waiting.size > 0) {
    await Promise.all(
      [...waiting.keys()].map(async (store) => {
        try {
          await store.ask()
          waiting.delete(store)
        } catch (error) {
          const fault = connectionFault(error)
          if (fault || store.final?.(error))
            throw new GaveUp(
              `${store.name} cannot be used: ${reason(error)}${fault ? `: ${fault}.` : '. Check its address and password.'}`,
            )
          waiting.set(store, reason(error))
        }
      }),
    )
    if (waiting.size === 0) return
    const nowMs = options.nowMs()
    if (waiting.size < group.length) firstMs ??= nowMs
    const missing = [...waiting].map(([store, why]) => `${store.name} (${why})`).join(' and ')
    if (firstMs !== undefined && nowMs - firstMs >= options.secondMs)
      return options.say(`Going on without ${missing}: leads can be kept without it for now.`)
    if (nowMs - startedMs >= options.deadlineMs)
      throw new GaveUp(`${missing} did not become ready within ${options.deadlineMs / 1000} s.`)
    if (missing !== told) options.say(`Waiting for ${missing}.`)
    told = missing
    await options.pause()
  }
}

const patienceMs = 2_000

function postgres(connectionString: string): Store {
  // Class 28 is a refused login, 3D a database that does not exist; while it starts Postgres says 57P03.
  const final = (error: unknown) => /^(28|3D)/.test((error as { code?: string }).code ?? '')
  return {
    name: 'Postgres',
    final,
    async ask() {
      const client = new Client({
        connectionString,
        connectionTimeoutMillis: patienceMs,
        query_timeout: patienceMs,
      })
      client.on('error', () => {})
      try {
        await client.connect()
        await client.query('select 1')
      } finally {
        client.end().catch(() => {})
      }
    },
  }
}

function redis(url: string): Store {
  return {
    name: 'Redis',
    final: (error) => /^(WRONGPASS|NOAUTH)/.test((error as Error).message),
    async ask() {
      const client = openRedis(
        { url },
        {
          lazyConnect: true,
          connectTimeout: patienceMs,
          commandTimeout: patienceMs,
          maxRetriesPerRequest: 0,
          retryStrategy: () => null,
        },
      )
      let fault: Error | undefined
      client.on('error', (error) => {
        fault ??= error
      })
      try {
        await client.connect()
        await client.ping()
      } catch (error) {
        throw fault ?? error
      } finally {
        client.disconnect()
      }
    },
  }
}

function objectStorage(endpoint: string): Store {
  const { hostname, port, protocol } = new URL(endpoint)
  return {
    name: 'The object storage',
    ask: () =>
      new Promise((resolve, reject) => {
        const socket = createConnection({
          host: hostname,
          port: Number(port) || (protocol === 'https:' ? 443 : 80),
        })
        socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer')))
        socket.once('error', reject)
        socket.once('connect', () => {
          socket.destroy()
          resolve()
        })
      }),
  }
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND'
    ? code
    : (message ?? 'no reason given').split('\n')[0]!.replace(/\.$/, '')
}

const usage = `Usage: bun docker/wait.ts [--at-once] GROUP...
Waits for each group in turn; a group is postgres, owner, redis, storage, or several by comma of which one is enough.
owner is Postgres as db:migrate comes to it, which makes whoever else comes.
What the settings leave out is not waited for. START_TIMEOUT_S (60) is how long; --at-once asks a single time.
`

async function main(args: readonly string[]): Promise<void> {
  const atOnce = args.includes('--at-once')
  const groups = args.filter((arg) => arg !== '--at-once').map((arg) => arg.split(','))
  const known = new Set(['postgres', 'owner', 'redis', 'storage'])
  if (groups.length === 0 || groups.flat().some((name) => !known.has(name))) throw new GaveUp(usage.trim())
  const config = readConfig(process.env)
  const stores: Record<string, Store | undefined> = {
    postgres: postgres(config.databaseUrl),
    owner: postgres(config.migrateDatabaseUrl),
    redis: config.redisUrl ? redis(config.redisUrl) : undefined,
    storage: config.s3 ? objectStorage(config.s3.endpoint) : undefined,
  }
  for (const names of groups) {
    const group = names.map((name) => stores[name]).filter((store) => store !== undefined)
    await waitForOneOf(group, {
      deadlineMs: atOnce ? 0 : Number(process.env.START_TIMEOUT_S || 60) * 1000,
      secondMs: 10_000,
      nowMs: () => performance.now(),
      pause: () => Bun.sleep(500),
      say: (sentence) => console.error(sentence),
    })
  }
}

if (import.meta.main) {
  try {
    await main(Bun.argv.slice(2))
    process.exit(0)
  } catch (error) {
    if (!(error instanceof GaveUp || error instanceof InvalidConfig)) throw error
    console.error(error.message)
    process.exit(1)
  }
}
