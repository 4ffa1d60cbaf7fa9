import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { thisMachine } from '../../local/machine.ts'
import { startServices } from '../../local/services.ts'
import { createLog } from '../../log.ts'
import { root, textOf } from '../house/sources.ts'
import { until } from '../stage/faults.ts'
import { freePorts, lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { haveProgram, programs } from '../stage/programs.ts'
import { startAlertmanager, startPrometheus } from '../stage/prometheus.ts'
import { readyDatabase } from '../stage/ready-database.ts'
import { adminUser, redisAdmin } from '../stage/redis-admin.ts'
import { breaks } from './breaks.ts'
import type { Broken } from './broken.ts'

const usage = `bun run drill:alerts [ALERT...]

Really breaks what each alert watches, or those that are named, on a line of its own, and waits until a real Alertmanager has
heard of it from a real Prometheus. So that it takes minutes, rules wait for a second and look back 15, and what counts hours counts
seconds. Ends with 1 where an alert was not heard of.`

const asked = process.argv.slice(2)
const known = breaks.flatMap(({ alerts }) => alerts)
const unknown = asked.find((name) => !known.includes(name))
if (unknown) {
  console.log(usage)
  process.exit(unknown === '--help' ? 0 : 1)
}

const heardWithinMs = 120_000
const quietWithinMs = 40_000
// Told after half an hour or a day where they stand in the files that users get.
const shorter: Readonly<Record<string, readonly [was: string, is: string]>> = {
  LeadsWaitForLong: ['> 60', '> 5'],
  DeliveriesWaitForLong: ['> 300', '> 5'],
  DeskBehindLeads: ['> 1800', '> 5'],
  StoresNotCompared: ['3 * 3600', '5'],
  RequestLogNotArchived: ['2 * 86400', '5'],
  TransactionOpenForLong: ['> 3600', '> 5'],
  BackupOverdue: ['24 * 3600', '5'],
}
type Rule = { alert: string; expr: string; for?: string }
const { groups } = parse(textOf('docker/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
for (const rule of rules) {
  const [was, is] = shorter[rule.alert] ?? ['', '']
  rule.expr = rule.expr.replace(was, is).replace(/\[(?:5|10)m\]/g, '[15s]')
  if (rule.for) rule.for = '1s'
}

const machine = thisMachine(process.env)
const log = createLog({ level: 'error', process: 'drill' })
for (const name of ['prometheus', 'prometheus-alertmanager', 'faketime'] as const) {
  const { path, how } = await haveProgram(name, { machine, log: console.log })
  if (!path) throw new Error(how)
  process.env[programs[name].setting] = path
}
const folder = mkdtempSync(join(tmpdir(), 'landfast-drill-'))
chmodSync(folder, 0o755)
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
let failed = 0
try {
  const services = await startServices({
    ...{ dataDir: join(folder, 'data'), only: ['postgres', 'redis'], own: true, redisSettings: adminUser },
  })
  ends.push(() => services.stop())
  const db = await readyDatabase(services, { poolMax: 4, applicationName: 'drill', log })
  ends.push(() => db.destroy())
  const admin = redisAdmin(services.env.REDIS_URL!)
  ends.push(() => admin.disconnect())
  const nobody = '127.0.0.1:9'
  const env = {
    ...{ ...services.env, LOG_LEVEL: 'error', TRUSTED_PROXIES: '127.0.0.0/8', DELIVERY_ALLOW: '127.0.0.1' },
    ...{ MONGO_URL: `mongodb://${nobody}/landfast`, S3_ENDPOINT: `http://${nobody}` },
    ...{ REQUEST_LOG_ARCHIVE_DAYS: '400', EXPORT_BUCKET: 'private' },
    ...{ EXPORT_ACCESS_KEY: 'drill', EXPORT_SECRET_KEY: 'drill' },
  }
  const line = await startLine({ env })
  ends.push(line.stop)
  const [port] = (await freePorts(1)) as [number]
  const backups = Bun.spawn(
    [process.execPath, '--no-env-file', 'backend/commands/backup.ts', '--every', '0.01'],
    {
      cwd: root,
      stdout: 'ignore',
      stderr: 'ignore',
      env: {
        ...{ PATH: process.env.PATH, ...services.env, SECRET_KEY: lineSecret, WORKER_PORT: String(port) },
        ...{
          MIGRATE_DATABASE_URL: `postgres://landfast@${nobody}/landfast`,
          BACKUP_DIR: join(folder, 'backups'),
        },
        BACKUP_KEY: new Bun.CryptoHasher('sha256').update(folder).digest('hex'),
      },
    },
  )
  ends.push(() => backups.kill())

  const heard = new Set<string>()
  const webhook = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { alerts } = (await request.json()) as {
        alerts: { status: string; labels: { alertname: string } }[]
      }
      for (const { status, labels } of alerts) if (status === 'firing') heard.add(labels.alertname)
      return new Response('heard')
    },
  })
  ends.push(() => webhook.stop(true))
  const to = `http://127.0.0.1:${webhook.port}`
  const alertmanager = await startAlertmanager({
    ...{ ALERT_CRITICAL_WEBHOOK: to, ALERT_WARNING_WEBHOOK: to, ALERT_DIGEST_WEBHOOK: to },
  })
  ends.push(alertmanager.stop)
  const alertRules = join(folder, 'alerts.yml')
  // JSON is YAML.
  writeFileSync(alertRules, JSON.stringify({ groups }))
  const prometheus = await startPrometheus(
    {
      ...{ 'landfast-api': line.origin, 'landfast-worker': line.workerOrigin },
      'landfast-backup': `http://127.0.0.1:${port}`,
    },
    { alertRules, alertmanager: alertmanager.origin },
  )
  ends.push(prometheus.stop)

  type Told = { labels: { alertname: string }; status: { inhibitedBy: string[] } }[]
  const told = async () => (await (await fetch(`${alertmanager.origin}/api/v2/alerts`)).json()) as Told

  /** What Alertmanager was told, that which waits for a digest or stands behind another included. */
  async function untilHeard(alert: string): Promise<string> {
    let state = ''
    await until(
      `${alert} is heard of`,
      async () => {
        const found = (await told()).find(({ labels }) => labels.alertname === alert)
        if (found) state = found.status.inhibitedBy.length > 0 ? 'heard, behind another' : 'heard'
        return found || heard.has(alert)
      },
      heardWithinMs,
    )
    return heard.has(alert) ? 'told to a receiver' : state
  }

  /** An earlier break is over; what is so all the time is not waited for. */
  const untilQuiet = (alerts: readonly string[]) =>
    until(
      'nobody is told of them',
      async () => !(await told()).some(({ labels }) => alerts.includes(labels.alertname)),
      quietWithinMs,
    ).catch(() => {})

  console.log('| Alert | How it was broken | Came |\n|---|---|---|')
  for (const { alerts, how, once, again } of breaks) {
    if (asked.length > 0 && !alerts.some((alert) => asked.includes(alert))) continue
    const mends: (() => unknown)[] = []
    const after = (mend: () => unknown) => void mends.push(mend)
    const on: Broken = {
      ...{ services, line, db, admin, after },
      run: (...words) => operatorCommand(words, { ...env, SECRET_KEY: lineSecret }),
      async watch(targets) {
        const further = await startPrometheus(targets, { alertRules, alertmanager: alertmanager.origin })
        after(further.stop)
      },
      async another(options) {
        const further = await startLine({ env, ...options })
        after(further.stop)
        return further
      },
    }
    if (once || again) await untilQuiet(alerts)
    for (const alert of alerts) heard.delete(alert)
    let isOver = false
    await once?.(on)
    const going = (async () => {
      while (again && !isOver) {
        await Promise.resolve(again(on)).catch(() => {})
        await Bun.sleep(200)
      }
    })()
    const startedMs = performance.now()
    for (const alert of alerts) {
      const came = await untilHeard(alert).catch(() => '')
      if (!came) failed++
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
      console.log(`| ${alert} | ${how} | ${came ? `${came} after ${seconds} s` : 'NOT heard of'} |`)
    }
    isOver = true
    await going
    for (const mend of mends.reverse()) await mend()
  }
  for (const { alert } of rules.filter(({ alert }) => !known.includes(alert))) {
    failed++
    console.log(`| ${alert} | by nothing: it is missing in this drill | NOT heard of |`)
  }
} finally {
  for (const end of ends.reverse()) await end()
}
process.exit(failed === 0 ? 0 : 1)
