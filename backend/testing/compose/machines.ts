import { deepEqual, equal, ok } from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import type { Scene, Step } from './scene.ts'
import type { Stack } from './stack.ts'

const nodes = ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'] as const
type Node = (typeof nodes)[number]
const nodePassword = 'nodes-of-the-cluster-come-by-this'

/** docker/compose.machines.yml: what is there twice is lost once, and nobody who was answered 202 with it. */
export function machineSteps(stack: Stack, scene: Scene): readonly Step[] {
  const asNode = (node: Node, ...words: string[]) =>
    stack.compose(
      ...['exec', '-T', '-e', `REDISCLI_AUTH=${nodePassword}`, node],
      ...['redis-cli', '--no-auth-warning', '--user', 'node', ...words],
    )
  const roleOf = async (node: Node) => (await asNode(node, 'role')).split('\n')[0]!
  const masters = async () => {
    const roles = await Promise.all(nodes.map(async (node) => [node, await roleOf(node)] as const))
    return roles.flatMap(([node, role]) => (role === 'master' ? [node] : []))
  }
  const health = async () => {
    const answer = await fetch(`${stack.origin}/api/health`)
    return (await answer.json()) as { status: string; dependencies: Record<string, { detail?: string }> }
  }
  const untilWell = () => until('all is well', async () => (await health()).status === 'ok', 120_000)
  const whoFollows = () =>
    stack.select(`select sync_state from pg_stat_replication where state = 'streaming'`)

  return [
    {
      name: 'up: a cluster of three masters and their replicas, Postgres with its standby, two APIs',
      isNeeded: true,
      async run() {
        copyFileSync(stack.path('.env.example'), stack.path('.env'))
        stack.set('HTTP_PORT', `127.0.0.1:${stack.ports.http}`)
        stack.set('PUBLIC_URL', stack.origin)
        stack.set('LANDFAST_VERSION', 'try-machines')
        stack.set('RATE_LIMIT_RPM', '0')
        stack.set('REDIS_NODE_PASSWORD', nodePassword)
        stack.set('COMPOSE_FILE', stack.composeFiles('docker/compose.machines.yml'))
        await stack.must('sh', 'docker/secrets')
        await scene.update()
        await scene.untilHealthy(
          ...['nginx', 'api', 'worker', 'postgres', 'postgres-replica', 'redis-cache', ...nodes],
        )
        await untilWell()
        equal((await masters()).length, 3)
        equal((await stack.ids('api')).length, 2)
        deepEqual(await whoFollows(), [['sync']])
        const { status, id } = await submitTo(stack.origin, newPhone())
        equal(status, 202)
        await until(
          'it is stored',
          async () => (await stack.select(`select id from leads where id = '${id}'`)).length === 1,
        )
        return ''
      },
    },
    {
      name: 'a master of Redis is lost: its replica takes over, nobody is refused, and it comes back as a replica',
      async run() {
        const before = await masters()
        const lost = before[0]!
        const [container] = await stack.ids(lost)
        const others = nodes.filter((node) => node !== lost)
        const figures = await scene.allServed(async () => {
          await stack.must('docker', 'kill', container!)
          await until(
            'another is master',
            async () => {
              const roles = await Promise.all(others.map(roleOf))
              return roles.filter((role) => role === 'master').length === 3
            },
            60_000,
          )
        })
        const meanwhile = (await health()).dependencies.redis?.detail
        await scene.allServed(async () => {
          await stack.must('docker', 'start', container!)
          await scene.untilHealthy(lost)
          await until('it is a replica', async () => (await roleOf(lost)) === 'slave', 60_000)
          await untilWell()
        })
        ok(!(await masters()).includes(lost))
        return `${figures}, meanwhile: ${meanwhile}`
      },
    },
    {
      name: 'the primary of Postgres is lost and its standby promoted: what was answered 202 is there',
      async run() {
        const [primary] = await stack.ids('postgres')
        const [standby] = await stack.ids('postgres-replica')
        // Meanwhile whoever's replica of Redis is late to confirm has nobody else, and is told to come again.
        const { figures } = await scene.amongVisitors(async () => {
          await stack.must('docker', 'kill', primary!)
          stack.askPostgresOf('postgres-replica')
          await stack.select('select pg_promote()')
          await stack.leadTo(standby!, 'postgres')
          await until(
            'leads are stored there',
            async () =>
              (
                await stack.select(
                  `select id from leads where accepted_at > now() - interval '2 seconds' limit 1`,
                )
              ).length === 1,
            120_000,
          )
        })
        return figures
      },
    },
    {
      name: 'every answer of all visitors holds',
      isNeeded: true,
      run: scene.everyPromise,
    },
  ]
}
