import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { openDataDir } from '../../local/data-dir.ts'
import { startRedis } from '../../local/redis.ts'
import type { Server } from '../../local/server.ts'
import { openClusterBus } from './cluster-bus.ts'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { adminUser, asAdmin, redisAdmin } from './redis-admin.ts'

export type ClusterNode = Readonly<{ url: URL; server: Server; admin: Redis; id: string; busPort: number }>

export type RedisCluster = Readonly<{
  /** As the line comes to it. */
  url: string
  nodes: readonly ClusterNode[]
  /** Which of them has a slot now, as most say. */
  masterOf(slot: number): Promise<ClusterNode>
  /** Waits until each master has a copy that follows it. */
  whole(deadlineMs: number): Promise<void>
  /** One of those that follow a master. */
  replicaOf(master: ClusterNode): Promise<ClusterNode>
  /** Cuts a master off from all other nodes, until it is joined again. Clients still reach it, and hear nothing of it. */
  cutOff(master: ClusterNode): Promise<void>
  joinAgain(): Promise<void>
  stop(): Promise<void>
}>

const slots = 16_384
const failoverAfterMs = 2_000

/** So many masters, with a replica each: real servers with the settings and users of ours, which are given up after two seconds. */
export async function startCluster({ masters = 3, copies = true } = {}): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-cluster-'))
  const program = Bun.which('redis-server') ?? Bun.which('valkey-server') ?? 'redis-server'
  const busPorts = await freePorts(copies ? masters * 2 : masters)
  const bus = openClusterBus()
  const announced: number[] = []
  for (const port of busPorts) announced.push(await bus.leadTo(port))
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
          ...['--cluster-announce-bus-port', String(announced[index])],
          ...['--cluster-node-timeout', String(failoverAfterMs), '--cluster-require-full-coverage', 'no'],
          ...['--cluster-announce-ip', '127.0.0.1', '--repl-diskless-sync-delay', '0'],
        ],
      },
    )
    const node = redisAdmin(url)
    const id = String(await node.call('cluster', 'myid'))
    nodes.push({ url: new URL(url), server, admin: node, id, busPort })
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
    if (index > 0) await node.call('cluster', 'meet', '127.0.0.1', first.url.port, String(announced[0]))
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
    async whole(deadlineMs) {
      await until(
        'each master has a copy that follows it',
        async () => {
          const told = await Promise.allSettled(nodes.map(({ admin: node }) => node.info('replication')))
          const texts = told.map((each) => (each.status === 'fulfilled' ? each.value : ''))
          const following = texts.filter((text) => text.includes('master_link_status:up')).length
          const followed = texts.filter((text) =>
            /role:master[\s\S]*slave0:\S+state=online/.test(text),
          ).length
          return following === masters && followed === masters
        },
        deadlineMs,
      )
    },
    async replicaOf(master) {
      const found = (await allLines()).find(({ of, flags }) => of === master.id && !/fail/.test(flags))
      if (!found) throw new Error('nobody follows it')
      return byId(found.id)
    },
    async cutOff(master) {
      bus.cutOff(master)
      // Nobody copies it any more, and nobody can begin to.
      for (const { admin: node } of nodes) await node.config('SET', 'masterauth', 'cut off')
      await master.admin.call('client', 'kill', 'type', 'replica')
    },
    async joinAgain() {
      bus.cutOff(undefined)
      for (const { admin: node } of nodes) await node.config('SET', 'masterauth', admin.password)
    },
    async stop() {
      bus.close()
      for (const { admin: node } of nodes) node.disconnect()
      await Promise.all(nodes.map(({ server }) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const keysAtOnce = 100

/** Moves a slot from one master to another key by key, as `redis-cli --cluster reshard` does. */
export async function moveSlot(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
  const { username, password } = from.admin.options
  await to.admin.call('cluster', 'setslot', slot, 'importing', from.id)
  await from.admin.call('cluster', 'setslot', slot, 'migrating', to.id)
  await until('no key is left', async () => {
    const keys = (await from.admin.call('cluster', 'getkeysinslot', slot, keysAtOnce)) as string[]
    if (keys.length > 0)
      await from.admin.call(
        ...(['migrate', '127.0.0.1', to.url.port, '', 0, 5_000, 'auth2'] as const),
        ...([username!, password!, 'keys', ...keys] as const),
      )
    return keys.length === 0
  })
  for (const node of [to, from]) await node.admin.call('cluster', 'setslot', slot, 'node', to.id)
}
