import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { filesLike, textOf } from '../house/sources.ts'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import type { Sample } from '../stage/prometheus.ts'
import type { Scene, Step } from './scene.ts'
import type { Stack } from './stack.ts'

const queries = filesLike('docker/grafana/dashboards/*.json').flatMap((path) => {
  const { panels } = JSON.parse(textOf(path)) as { panels: { targets: { expr: string }[] }[] }
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
})

/** What is started beside the stack: figures and alerts, visitors who load it, code that changes. */
export function profileSteps(stack: Stack, scene: Scene): readonly Step[] {
  /** What a container is answered within the networks of the stack, as JSON. */
  const asked = async (service: string, ...urls: readonly string[]) => {
    const each = 'for url; do wget -Y off -q -O - "$url"; echo; done'
    const said = await stack.compose('exec', '-T', service, 'sh', '-c', each, 'sh', ...urls)
    return said.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
  }
  const addFile = (file: string) => stack.set('COMPOSE_FILE', [stack.setting('COMPOSE_FILE'), file].join(':'))

  return [
    {
      name: 'observability: each process is scraped, each query of each dashboard finds data, and alerts arrive',
      async run() {
        const before = stack.setting('COMPOSE_FILE')!
        stack.set('COMPOSE_PROFILES', 'observability')
        const prometheus = 'http://127.0.0.1:9090/api/v1'
        const ask = async (queries: readonly string[]) => {
          const urls = queries.map((query) => `${prometheus}/query?query=${encodeURIComponent(query)}`)
          const found = (await asked('prometheus', ...urls)) as { data: { result: Sample[] } }[]
          return found.map(({ data }) => data.result)
        }
        try {
          const grafana = await hasGrafana()
          const figures = await scene.allServed(async () => {
            const named = ['prometheus', 'alertmanager', ...(grafana ? ['grafana'] : [])]
            await stack.compose('up', '-d', '--no-deps', ...named)
            await scene.untilHealthy(...named)
            const wanted = { 'landfast-api': 2, 'landfast-worker': 1, prometheus: 1 }
            await until(
              'each process is scraped',
              async () => {
                const [up] = await ask(['sum by (job) (up)'])
                return Object.entries(wanted).every(([job, number]) =>
                  up!.some(({ metric, value }) => metric.job === job && value[1] === String(number)),
                )
              },
              120_000,
            )
            const empty = async () => {
              const found = await ask(queries)
              return queries.filter((_, index) => found[index]!.length === 0)
            }
            await until('each query finds data', async () => (await empty()).length === 0, 120_000).catch(
              async () => deepEqual(await empty(), []),
            )
          })
          const heard = async () => {
            const [alerts] = (await asked('alertmanager', 'http://127.0.0.1:9093/api/v2/alerts')) as [
              { labels: { alertname: string } }[],
            ]
            return [...new Set(alerts.map(({ labels }) => labels.alertname))]
          }
          const [worker] = await stack.ids('worker')
          await stack.must('docker', 'pause', worker!)
          await until('Alertmanager hears of it', async () => (await heard()).length > 0, 300_000).finally(
            () => stack.must('docker', 'unpause', worker!),
          )
          return `${figures}, ${queries.length} queries, heard of ${(await heard()).join(' and ')}${grafana ? '' : ', without Grafana: its image could not be had'}`
        } finally {
          await stack.compose('rm', '--stop', '--force', 'prometheus', 'alertmanager', 'grafana')
          stack.set('COMPOSE_PROFILES', '')
          stack.set('COMPOSE_FILE', before)
        }
      },
    },
    {
      name: 'load: Locust beside the stack, distributed, and none of its visitors is refused',
      async run() {
        const before = stack.setting('COMPOSE_FILE')!
        const its = `http://127.0.0.1:${stack.ports.locust}`
        stack.set('LOCUST_PORT', String(stack.ports.locust))
        addFile('docker/load/compose.load.yml')
        const services = ['locust', 'locust-worker'] as const
        try {
          await stack.compose('up', '-d', '--no-deps', '--scale', 'locust-worker=2', ...services)
          type Said = {
            state: string
            workers: unknown[]
            stats: { name: string; num_requests: number; num_failures: number }[]
          }
          const said = async () => (await fetch(`${its}/stats/requests`)).json() as Promise<Said>
          await until(
            'both of those that send are there',
            () =>
              said().then(
                ({ workers }) => workers.length === 2,
                () => false,
              ),
            120_000,
          )
          const body = new URLSearchParams({ user_count: '50', spawn_rate: '25', host: 'http://api:8000' })
          equal((await fetch(`${its}/swarm`, { method: 'POST', body })).status, 200)
          const total = async () => (await said()).stats.find(({ name }) => name === 'Aggregated')
          await until('visitors came', async () => ((await total())?.num_requests ?? 0) > 1_000, 180_000)
          match(await (await fetch(its)).text(), /Locust/)
          await fetch(`${its}/stop`)
          const { num_requests, num_failures } = (await total())!
          equal(num_failures, 0)
          return `${num_requests} requests`
        } finally {
          await stack.compose('rm', '--stop', '--force', ...services)
          stack.set('COMPOSE_FILE', before)
        }
      },
    },
    {
      name: 'development: code that changes is what answers, and the stores answer this machine',
      async run() {
        const before = stack.setting('COMPOSE_FILE')!
        addFile('docker/compose.development.yml')
        for (const [name, port] of Object.entries(stack.ports.ofStores)) stack.set(name, String(port))
        const file = stack.path('backend/http/health.ts')
        const source = readFileSync(file, 'utf8')
        try {
          await stack.compose('up', '-d')
          await scene.untilAllHealthy()
          for (const port of Object.values(stack.ports.ofStores)) await connects(port)
          writeFileSync(
            file,
            source.replace("'/livez', () => new Response('ok'", "'/livez', () => new Response('another'"),
          )
          const says = "console.log(await (await fetch('http://127.0.0.1:8000/livez')).text())"
          const answer = () => stack.run(...['docker', 'compose', 'exec', '-T', 'api', 'bun', '-e', says])
          await until(
            'what is written is what answers',
            async () => (await answer()).said === 'another',
            120_000,
          )
          await until('leads are taken', () =>
            submitTo(stack.origin, newPhone()).then(
              ({ status }) => status === 202,
              () => false,
            ),
          )
          return ''
        } finally {
          writeFileSync(file, source)
          stack.set('COMPOSE_FILE', before)
          await stack.compose('up', '-d')
          await scene.untilAllHealthy()
        }
      },
    },
  ]

  async function hasGrafana(): Promise<boolean> {
    const { code } = await stack.run(
      'docker',
      'compose',
      '--progress',
      'quiet',
      'pull',
      '--policy',
      'missing',
      'grafana',
    )
    return code === 0
  }
}

async function connects(port: number): Promise<void> {
  const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })
  ok(socket.remotePort)
  socket.end()
}
