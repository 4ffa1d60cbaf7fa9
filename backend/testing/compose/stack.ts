import { randomInt } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { root } from '../../local/processes.ts'
import { type Broken, brokenIn, type Ledger } from '../stage/ledger.ts'

export const services = ['nginx', 'api', 'worker', 'postgres', 'redis', 'mongo', 'minio'] as const
export type Ended = Readonly<{ code: number; said: string }>

export type Stack = ReturnType<typeof openStack>

/**
 * A copy of this checkout with a project of its own on the Docker engine, handled as its users handle it: by `.env`, the
 * scripts in `docker` and compose. `overrides` are compose files that this machine or the test needs beside ours.
 */
export function openStack(overrides: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-compose-'))
  const files = Bun.spawnSync(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const file of files.stdout.toString().split('\0').filter(Boolean))
    cpSync(join(root, file), join(folder, file))
  const ports = {
    ...{
      http: randomInt(20_000, 28_000),
      https: randomInt(28_000, 29_000),
      locust: randomInt(29_000, 30_000),
    },
    ofStores: {
      ...{ POSTGRES_PORT: randomInt(30_000, 30_500), REDIS_PORT: randomInt(30_500, 31_000) },
      ...{ MONGO_PORT: randomInt(31_000, 31_500), S3_PORT: randomInt(31_500, 32_000) },
    },
  }
  const path = (file: string) => join(folder, file)
  const project = `landfast-try-${process.pid}`

  const env: Record<string, string | undefined> = { ...process.env, COMPOSE_PROJECT_NAME: project }
  delete env.COMPOSE_FILE

  async function run(...command: string[]): Promise<Ended> {
    const child = Bun.spawn(command, { cwd: folder, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { code, said: `${out}${err}`.trim() }
  }

  async function must(...command: string[]): Promise<string> {
    const { code, said } = await run(...command)
    if (code !== 0) throw new Error(`${command.join(' ')}: ${code}\n${said.slice(-2_000)}`)
    return said
  }

  const compose = (...args: string[]) => must('docker', 'compose', '--progress', 'quiet', ...args)

  let postgres = 'postgres'

  /** Rows of a statement, each as its columns. */
  async function select(statement: string): Promise<string[][]> {
    const psql = ['psql', '-U', 'landfast', '-d', 'landfast', '-At', '-F', '\t', '-c', statement]
    const text = await compose('exec', '-T', postgres, ...psql)
    return text.split('\n').flatMap((line) => (line ? [line.split('\t')] : []))
  }

  const setting = (name: string) =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(path('.env'), 'utf8'))?.[1]

  return {
    folder,
    ports,
    origin: `http://127.0.0.1:${ports.http}`,
    path,
    run,
    must,
    compose,
    select,
    setting,

    /** Writes a line of `.env`, as it is. */
    set(name: string, value: string) {
      const lines = readFileSync(path('.env'), 'utf8').split('\n')
      const others = lines.filter((line) => line && !line.startsWith(`${name}=`))
      writeFileSync(path('.env'), `${[...others, `${name}=${value}`].join('\n')}\n`)
    },

    composeFiles: (...ours: string[]) =>
      ['docker-compose.yml', ...ours, ...overrides.map((file) => resolve(root, file))].join(':'),

    ids: async (service: string) => (await compose('ps', '-q', service)).split('\n').filter(Boolean),

    /** Which service has the database from now on. */
    askPostgresOf(service: string) {
      postgres = service
    },

    /** Has the stores' network know a container by a further name. */
    async leadTo(id: string, name: string) {
      const network = `${project}_stores`
      await must('docker', 'network', 'disconnect', network, id)
      await must('docker', 'network', 'connect', '--alias', name, network, id)
    },

    /** Of each container of a service. */
    states: async (service: string) =>
      (await compose('ps', '-a', '--format', '{{.State}} {{.Health}}', service)).split('\n').filter(Boolean),

    /** What nginx says of the submissions that it refused since then, each kind with its number. */
    async refusals(since: Date): Promise<string> {
      const log = await compose('logs', '--no-log-prefix', '--since', since.toISOString(), 'nginx')
      const kinds = new Map<string, number>()
      for (const line of log.split('\n').filter((each) => each.includes('"method":"POST"'))) {
        const { status, upstreamStatus, upstream } = JSON.parse(line) as Record<string, unknown>
        const kind = `${status} (${upstreamStatus || 'asked nobody'}${upstream === 'api' ? ', knew nobody' : ''})`
        if (Number(status) >= 400) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }
      return [...kinds].map(([kind, number]) => `${number} × ${kind}`).join(', ')
    },

    async broken(ledger: Ledger): Promise<Broken> {
      const rows = await select('select id, phone, duplicate_of is null from leads')
      const leads = rows.map(([id, phone, canonical]) => ({
        id: id!,
        phone: phone!,
        canonical: canonical === 't',
      }))
      const seen = new Set<string>()
      const doubled = leads.filter(({ phone, canonical }) => canonical && seen.size === seen.add(phone).size)
      return brokenIn(
        ledger,
        leads,
        doubled.map(({ phone }) => phone),
      )
    },

    /** Takes it down, with its volumes, images and the copy. */
    async close() {
      await run('docker', 'compose', 'down', '--volumes', '--remove-orphans', '--timeout', '20')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
