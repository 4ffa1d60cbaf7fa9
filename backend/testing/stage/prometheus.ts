import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../house/sources.ts'
import { until } from './faults.ts'
import { freePorts } from './line.ts'
import { pathOfProgram } from './programs.ts'

const rules = join(root, 'docker/prometheus')

/** One series that a query found. */
export type Sample = Readonly<{ metric: Readonly<Record<string, string>>; value: [number, string] }>

type Running = Readonly<{ origin: string; folder: string; stop(): Promise<void> }>

async function run(
  name: string,
  command: (port: number, folder: string) => readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), `landfast-${name}-`))
  const [port] = (await freePorts(1)) as [number]
  const [program, ...args] = command(port, folder)
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, ...env, ALERT_FOLDER: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const origin = `http://127.0.0.1:${port}`
  await until(`${name} is ready`, () => {
    if (child.exitCode !== null) throw new Error(`${name} ended:\n${said.slice(-2_000)}`)
    return fetch(`${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  return {
    origin,
    folder,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Further = Readonly<{
  /** Other rules than those that users get. */
  alertRules?: string
  /** Who is told of alerts. */
  alertmanager?: string
}>

/** A real Prometheus with the rules that users get, which scrapes each second. */
export async function startPrometheus(
  targets: Readonly<Record<string, string>>,
  { alertRules, alertmanager }: Further = {},
) {
  const running = await run('prometheus', (port, folder) => {
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(rules, 'recording.yml'), alertRules ?? join(rules, 'alerts.yml')],
      ...(alertmanager && {
        alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }] },
      }),
      scrape_configs: Object.entries(targets).map(([job_name, origin]) => ({
        job_name,
        static_configs: [{ targets: [new URL(origin).host] }],
      })),
    }
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
    return [
      pathOfProgram('prometheus'),
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]
  })
  return {
    ...running,
    async ask(query: string): Promise<readonly Sample[]> {
      const url = `${running.origin}/api/v1/query?query=${encodeURIComponent(query)}`
      const answer = (await (await fetch(url)).json()) as {
        status: string
        error?: string
        data: { result: Sample[] }
      }
      if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
      return answer.data.result
    },
  }
}

/** A real Alertmanager, started as compose starts it. */
export function startAlertmanager(env: Readonly<Record<string, string>>) {
  return run(
    'alertmanager',
    (port, folder) => [
      'sh',
      join(root, 'docker/alertmanager/start'),
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { ...env, ALERTMANAGER: pathOfProgram('prometheus-alertmanager') },
  )
}
