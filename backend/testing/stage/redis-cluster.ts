import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { openDataDir } from '../../local/data-dir.ts'
import { startRedis } from '../../local/redis.ts'
import type { Server } from '../../local/server.ts'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { adminUser, asAdmin, redisAdmin } from './redis-admin.ts'

export type ClusterNode = Readonly<{ url: URL; server: Server; admin: Redis; id: string }>

export type RedisCluster = Readonly<{
  /** As the line comes to it. */
  url: string
  nodes: readonly ClusterNode[]
  /** Which of them has a slot now, as most say. */
  masterOf(slot: number): Promise<ClusterNode>
  /** One of those that follow a master. */
  replicaOf(master: ClusterNode): Promise<ClusterNode>
  stop(): Promise<void>
}>

const slots = 16_384
const masters = 3
const failoverAfterMs = 2_000

/** Three masters with a replica each: real servers with the settings and users of ours, which are given up after two seconds. */
export async function startCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-cluster-'))
  const program = Bun.which('redis-server') ?? Bun.which('valkey-server') ?? 'redis-server'
  const busPorts = await freePorts(masters * 2)
  const admin = new URL(asAdmin('redis://landfast@127.0.0.1'))
  let password: string | undefined
  const nodes: ClusterNode[] = []
  for (const [index, busPort] of busPorts.entries()) {
    const dataDir = openDataDir(join(folder, String(index)))
    // All of them have one password, as the parts of a cluster do.
    password = dataDir.secret('redis-password', password === undefined ? undefined : () => password!)
    const { server, url } = await startRedis(
      { dataDir, log: () => undefined, keepAlive: false },
      {
        program,
        settings: [
          ...adminUser,
          ...['--masteruser', admin.username, '--masterauth', admin.password],
          ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
          ...['--cluster-node-timeout', String(failoverAfterMs), '--cluster-require-full-coverage', 'no'],
          ...['--cluster-announce-ip', '127.0.0.1', '--repl-diskless-sync-delay', '0'],
        ],
      },
    )
    const node = redisAdmin(url)
    nodes.push({ url: new URL(url), server, admin: node, id: String(await node.call('cluster', 'myid')) })
  }
  const [first] = nodes as [ClusterNode]
  for (const [index, { admin: node }] of nodes.entries()) {
    await node.call('cluster', 'set-config-epoch', index + 1)
    if (index < masters)
      await node.call(
        ...(['cluster', 'addslotsrange'] as const),
        Math.ceil((index * slots) / masters),
        Math.ceil(((index + 1) * slots) / masters) - 1,
      )
    if (index > 0) await node.call('cluster', 'meet', '127.0.0.1', first.url.port, String(busPorts[0]))
  }
  const knows = async ({ admin: node }: ClusterNode) => String(await node.call('cluster', 'nodes'))
  await until('all know each other', async () => {
    const told = await Promise.all(nodes.map(knows))
    return told.every((text) => nodes.every(({ id }) => text.includes(id)) && !/handshake/.test(text))
  })
  for (const [index, { admin: node }] of nodes.slice(masters).entries())
    await node.call('cluster', 'replicate', nodes[index]!.id)
  await until('each copy is complete', async () => {
    const told = await Promise.all(nodes.slice(masters).map(({ admin: node }) => node.info('replication')))
    return told.every((text) => text.includes('master_link_status:up'))
  })
  await until('the cluster is well', async () => {
    const told = await Promise.all(nodes.map(({ admin: node }) => node.call('cluster', 'info')))
    return told.every((text) => String(text).includes('cluster_state:ok'))
  })

  type Line = Readonly<{ id: string; flags: string; of: string; epoch: number; slots: readonly string[] }>
  const linesOf = (text: string): Line[] =>
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [id = '', , flags = '', of = '', , , epoch, , ...ranges] = line.split(' ')
        return { id, flags, of, epoch: Number(epoch), slots: ranges }
      })
  const allLines = async () => {
    const told = await Promise.allSettled(nodes.filter(({ server }) => server.pid !== undefined).map(knows))
    return told.flatMap((each) => (each.status === 'fulfilled' ? linesOf(each.value) : []))
  }
  const byId = (id: string) => nodes.find((node) => node.id === id)!
  return {
    url: `redis+cluster://${first.url.username}:${first.url.password}@${nodes.map(({ url }) => url.host).join()}`,
    nodes,
    async masterOf(slot) {
      const owners = (await allLines()).filter(
        (line) =>
          /master/.test(line.flags) &&
          line.slots.some((range) => {
            const [from, to = from] = range.split('-').map(Number)
            return slot >= from! && slot <= to!
          }),
      )
      return byId(owners.sort((one, other) => other.epoch - one.epoch)[0]!.id)
    },
    async replicaOf(master) {
      const found = (await allLines()).find(({ of, flags }) => of === master.id && !/fail/.test(flags))
      if (!found) throw new Error('nobody follows it')
      return byId(found.id)
    },
    async stop() {
      for (const { admin: node } of nodes) node.disconnect()
      await Promise.all(nodes.map(({ server }) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
