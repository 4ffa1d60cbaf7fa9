import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { asAdmin } from './redis-admin.ts'

const name = 'leads'

export type Sentinels = Readonly<{
  /** The address of what they watch, as the user of `master` comes to it. */
  url: string
  /** The port of the server that takes writes, as most of them say. */
  masterPort(): Promise<number>
  /** Has another server take the place of the master, which hands over. */
  failover(): Promise<void>
  stop(): Promise<void>
}>

/** Three real sentinels that watch the Redis at this address, which has one replica; they wait a second for it. */
export async function startSentinels(master: URL): Promise<Sentinels> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-sentinels-'))
  const program = Bun.which('redis-server') ?? Bun.which('valkey-server') ?? 'redis-server'
  const ports = await freePorts(3)
  const admin = new URL(asAdmin(master.href))
  const running = ports.map((port) => {
    const file = join(folder, `${port}.conf`)
    const watch = (setting: string) => `sentinel ${setting}`
    writeFileSync(
      file,
      [
        ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'protected-mode no'],
        watch(`monitor ${name} 127.0.0.1 ${master.port} 2`),
        watch(`auth-user ${name} ${admin.username}`),
        watch(`auth-pass ${name} ${admin.password}`),
        watch(`down-after-milliseconds ${name} 1000`),
        watch(`failover-timeout ${name} 5000`),
        '',
      ].join('\n'),
    )
    return Bun.spawn([program, file, '--sentinel'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
  })
  const asking = ports.map((port) => {
    const redis = new Redis({ port, host: '127.0.0.1', enableReadyCheck: false })
    redis.on('error', () => {})
    return redis
  })
  const about = async (sentinel: Redis) => {
    const flat = (await sentinel.call('sentinel', 'master', name)) as string[] | Record<string, string>
    if (!Array.isArray(flat)) return new Map(Object.entries(flat))
    return new Map(flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1]!] as const] : [])))
  }
  for (const sentinel of asking)
    await until('the sentinels know each other and the replica', async () => {
      const found = await about(sentinel)
      return found.get('num-other-sentinels') === '2' && found.get('num-slaves') === '1'
    })
  const masterPort = async () => {
    const found = (await Promise.all(asking.map(about))).map((each) => Number(each.get('port')))
    return found.sort((one, other) => one - other)[1]!
  }
  return {
    url: `redis+sentinel://${master.username}:${master.password}@${ports.map((port) => `127.0.0.1:${port}`).join()}/${name}`,
    masterPort,
    async failover() {
      const before = await masterPort()
      // Not so soon after another, or before the replica is known to be well.
      await until('one of them begins', () =>
        asking[0]!.call('sentinel', 'failover', name).then(
          () => true,
          () => false,
        ),
      )
      await until('there is another master', async () => (await masterPort()) !== before)
    },
    async stop() {
      for (const redis of asking) redis.disconnect()
      for (const each of running) each.kill()
      await Promise.all(running.map((each) => each.exited))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
