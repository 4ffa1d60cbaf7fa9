import { expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { createBackupMetrics } from '../../prometheus/backup-metrics.ts'
import { createRegistry } from '../../prometheus/metrics.ts'
import { filesLike, root, textOf } from '../house/sources.ts'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { pathOfProgram } from '../stage/programs.ts'
import { startAlertmanager, startPrometheus } from '../stage/prometheus.ts'

type Rule = {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; action: string }
}

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

const { groups } = parse(textOf('docker/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)

const functions = new Set([
  ...['max', 'min', 'sum', 'rate', 'increase', 'time', 'abs', 'by', 'le', 'or', 'absent'],
  'histogram_quantile',
])
// Of Prometheus itself, and of kube-state-metrics, which knows of the backups on Kubernetes.
const theirs = new Set(['up', 'kube_cronjob_status_last_successful_time'])

/** The metrics that an expression names: every word that is no function and stands outside of labels and texts. */
function metricsIn(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
  return (bare.match(/[a-zA-Z_:]\w*/g) ?? []).filter((word) => !functions.has(word))
}

async function scraped(): Promise<Map<string, number>> {
  const texts = await Promise.all(
    [line.origin, line.workerOrigin].map(async (origin) => (await fetch(`${origin}/metrics`)).text()),
  )
  const backups = createRegistry('backup')
  createBackupMetrics(backups, 0)
  const values = [...texts, await backups.metrics()]
    .join('\n')
    .matchAll(/^([a-zA-Z_:]\w*)(?:\{[^}]*\})? (\S+)$/gm)
  return new Map([...values].map(([, name, value]) => [name!, Number(value)]))
}

test('every metric that an alert names is one that the API or the worker has', async () => {
  const named = new Set(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !theirs.has(name)))
  expect(named.size).toBeGreaterThan(10)
  const have = await scraped()
  expect([...named].filter((name) => !have.has(name))).toEqual([])
})

test('every alert says what happened and what to do', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  for (const { annotations } of rules) {
    expect(annotations.summary.length).toBeGreaterThan(20)
    expect(annotations.action.length).toBeGreaterThan(20)
  }
})

test('where all is well, the figures that alerts watch say so', async () => {
  await until('a worker and the way through Redis are there, and the stores were compared', async () => {
    const figures = await scraped()
    return (
      figures.get('lead_workers') === 1 &&
      figures.get('redis_path_open') === 1 &&
      figures.get('lead_reconciled_timestamp_seconds')! > 0
    )
  })
  const figures = await scraped()
  const well = {
    lead_oldest_waiting_seconds: 0,
    lead_quarantine_rows: 0,
    lead_rows_without_month: 0,
    redis_append_only_file_ok: 1,
    lead_reconciled_total: 0,
    jobs_unreadable_total: 0,
    delivery_oldest_waiting_seconds: 0,
    delivery_endpoints_parked: 0,
    delivery_parked: 0,
    mongo_breaker_open: 0,
    object_storage_breaker_open: 0,
  }
  for (const [name, value] of Object.entries(well)) expect([name, figures.get(name)]).toEqual([name, value])
  expect(figures.get('redis_memory_used_ratio')).toBeGreaterThan(0)
})

const promtool = join(dirname(pathOfProgram('prometheus')), 'promtool')
async function says(...command: [string, ...string[]]): Promise<string> {
  const run = Bun.spawn(command, { cwd: join(root, 'docker/prometheus'), stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()])
  return `${await run.exited} ${out}${err}`
}

test('every alert and every recorded rule is shown at work, and none fires where all is well', async () => {
  const tests = textOf('docker/prometheus/alerts.test.yml')
  expect(rules.map(({ alert }) => alert).filter((name) => !tests.includes(`alertname="${name}"`))).toEqual([])
  const recording = parse(textOf('docker/prometheus/recording.yml')) as {
    groups: { rules: { record: string }[] }[]
  }
  const recorded = recording.groups.flatMap((group) => group.rules.map(({ record }) => record))
  expect(recorded.filter((name) => !tests.includes(`expr: '${name}'`))).toEqual([])
  expect(await says(promtool, 'test', 'rules', 'alerts.test.yml')).toStartWith('0 ')
  expect(await says(promtool, 'check', 'config', 'prometheus.yml')).toStartWith('0 ')
}, 60_000)

test('every query of every dashboard finds data where a real Prometheus scrapes a real run', async () => {
  const prometheus = await startPrometheus({
    'landfast-api': line.origin,
    'landfast-worker': line.workerOrigin,
  })
  try {
    const dashboards = filesLike('docker/grafana/dashboards/*.json')
    expect(dashboards.map((path) => path.split('/').at(-1))).toEqual(
      ['database', 'edge', 'infrastructure', 'leads', 'overview', 'workers'].map((name) => `${name}.json`),
    )
    const queries = dashboards.flatMap((path) => {
      const { panels } = JSON.parse(textOf(path)) as { panels: { targets: { expr: string }[] }[] }
      return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    })
    const without = async () => {
      await submitTo(line.origin, newPhone())
      const found = await Promise.all(
        queries.map(async (query) => ({ query, count: (await prometheus.ask(query)).length })),
      )
      return found.filter(({ count }) => count === 0).map(({ query }) => query)
    }
    await until('all find data', async () => (await without()).length === 0, 20_000).catch(async () =>
      expect(await without()).toEqual([]),
    )
    expect(
      (await prometheus.ask('ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname),
    ).toEqual([])
  } finally {
    await prometheus.stop()
  }
}, 60_000)

test('alerts go where their severity says, to receivers of the environment', async () => {
  const heard: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { alerts } = (await request.json()) as { alerts: { labels: { alertname: string } }[] }
      heard.push(...alerts.map(({ labels }) => `${new URL(request.url).pathname} ${labels.alertname}`))
      return new Response('heard')
    },
  })
  const to = (path: string) => `http://127.0.0.1:${server.port}/${path}`
  const alertmanager = await startAlertmanager({
    ALERT_CRITICAL_WEBHOOK: to('critical'),
    ALERT_WARNING_WEBHOOK: to('warning'),
    ALERT_DIGEST_WEBHOOK: to('digest'),
  })
  try {
    expect(new Set(rules.map(({ labels }) => labels.severity))).toEqual(
      new Set(['critical', 'warning', 'info']),
    )
    const sent = await fetch(`${alertmanager.origin}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        rules.map(({ alert, labels }) => ({ labels: { alertname: alert, ...labels }, annotations: {} })),
      ),
    })
    expect(sent.status).toBe(200)
    // What follows from another alert is left out beside it.
    const told = rules
      .filter(({ labels }) => labels.severity === 'critical')
      .map(({ alert }) => alert)
      .filter((alert) => !['LeadsWaitForLong', 'AvailabilityBelowObjective'].includes(alert))
    await until('whoever is on call hears of it', () => heard.length >= told.length)
    expect(heard.toSorted()).toEqual(told.map((alert) => `/critical ${alert}`).toSorted())
    const routes = join(alertmanager.folder, 'alertmanager.yml')
    const amtool = join(dirname(pathOfProgram('prometheus-alertmanager')), 'amtool')
    for (const [severity, receiver] of Object.entries({ warning: 'warning', info: 'digest' }))
      expect(
        await says(amtool, 'config', 'routes', 'test', `--config.file=${routes}`, `severity=${severity}`),
      ).toStartWith(`0 ${receiver}\n`)
  } finally {
    await alertmanager.stop()
    await server.stop(true)
  }
})
