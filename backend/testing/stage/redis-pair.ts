import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { openDataDir } from '../../local/data-dir.ts'
import type { Service } from '../../local/service.ts'
import { type Services, startServices } from '../../local/services.ts'
import { until } from './faults.ts'
import { adminUser, asAdmin, redisAdmin } from './redis-admin.ts'
import { gateTo } from './tcp-gate.ts'

/** One of two servers: how others come to it, and how we do, who may do everything. */
export type PairedRedis = Readonly<{ url: URL; service: Service; admin: Redis }>

/** A second Redis beside that of `services`, with the same password, as servers have that take each other's place. */
export async function pairedRedis(services: Services) {
  const firstUrl = new URL(services.env.REDIS_URL!)
  const folder = mkdtempSync(join(tmpdir(), 'landfast-second-'))
  openDataDir(folder).secret('redis-password', () => firstUrl.password)
  const others = await startServices({
    dataDir: folder,
    only: ['redis'],
    own: true,
    redisSettings: adminUser,
  })
  const of = ({ env, redis }: Services): PairedRedis => ({
    url: new URL(env.REDIS_URL!),
    service: redis,
    admin: redisAdmin(env.REDIS_URL!),
  })
  const pair = [of(services), of(others)] as const
  // Nobody else may want the same copy.
  for (const { admin } of pair) await admin.config('SET', 'repl-diskless-sync-delay', 0)
  return {
    pair,
    async stop() {
      for (const { admin } of pair) admin.disconnect()
      await others.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes one the copy of the other, which it reaches at `address`, with all that it has. */
export async function follow(copy: Redis, address: URL): Promise<void> {
  const admin = new URL(asAdmin(address.href))
  await copy.config('SET', 'masteruser', admin.username, 'masterauth', admin.password)
  await copy.call('REPLICAOF', address.hostname, address.port)
  await until('the copy is complete', async () =>
    (await copy.info('replication')).includes('master_link_status:up'),
  )
}

/** The way on which a copy hears of its master, to be cut. */
export async function linkTo(master: URL) {
  const gate = await gateTo(master.href)
  return { ...gate, address: new URL(gate.url) }
}
