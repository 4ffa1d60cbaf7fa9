import { afterAll } from 'bun:test'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nginxFiles } from '../../commands/campaign/nginx.ts'
import { root } from '../house/sources.ts'
import { campaign } from './campaign/campaign.ts'
import { freePorts } from './line.ts'
import { sameUser } from './nginx.ts'
import { pathOfProgram } from './programs.ts'

/** Our own nginx in front of API processes of this machine. */
export type Front = Readonly<{
  origin: string
  /** What it has written of requests, a JSON object a line; up to a second late. */
  accessLog(): string
  /** What it has written of its troubles. */
  errorLog(): string
  /** From now on it can keep no page, as on a full disk. */
  breakPageCache(): void
  stop(): Promise<void>
}>

const readyDeadlineMs = 40_000

/**
 * Runs nginx with nginx.conf and everything it includes, as it is in compose; only ports and folders differ. With `cache`
 * off every page is asked of the API, as behind a proxy that caches nothing.
 */
export async function startFront(options: {
  apiPorts: readonly number[]
  cache?: 'on' | 'off'
  /** The address of a load balancer that is believed, as after copying `optional/load-balancer.http.conf`. */
  balancer?: string
  /** Other files of docker/nginx/optional that an operator has copied into enabled. */
  enabled?: readonly string[]
}): Promise<Front> {
  const program = pathOfProgram('nginx')
  const folder = mkdtempSync(join(tmpdir(), 'landfast-front-'))
  const [port, probePort] = await freePorts(2)
  cpSync(join(root, 'nginx.conf'), join(folder, 'nginx.conf'))
  cpSync(join(root, 'docker/nginx'), join(folder, 'docker/nginx'), { recursive: true })
  // It is told of the campaign whose page the API of the tests serves.
  for (const [path, text] of Object.entries(nginxFiles(campaign))) writeFileSync(join(folder, path), text)

  for (const name of options.enabled ?? [])
    cpSync(join(root, 'docker/nginx/optional', name), join(folder, 'docker/nginx/enabled', name))

  const edit = (path: string, change: (text: string) => string) => {
    const full = join(folder, path)
    writeFileSync(full, change(readFileSync(full, 'utf8')))
  }
  const snippets = readdirSync(join(folder, 'docker/nginx')).filter((name) => name.endsWith('.conf'))
  for (const path of ['nginx.conf', ...snippets.map((name) => `docker/nginx/${name}`)])
    edit(path, (text) => text.replaceAll('/tmp/', `${folder}/`))
  edit('nginx.conf', (text) =>
    `daemon off;\n${sameUser()}${text}`
      .replace('listen 8080 ', `listen 127.0.0.1:${port} `)
      .replace('listen 127.0.0.1:8081;', `listen 127.0.0.1:${probePort};`)
      .replace('worker_processes auto;', 'worker_processes 1;'),
  )
  edit('docker/nginx/upstream.conf', (text) =>
    text.replace(/^ *server .*$/m, (line) =>
      options.apiPorts.map((apiPort) => line.replace(':8000', `:${apiPort}`)).join('\n'),
    ),
  )
  if (options.balancer) {
    const copied = 'docker/nginx/enabled/load-balancer.http.conf'
    cpSync(join(root, 'docker/nginx/optional/load-balancer.http.conf'), join(folder, copied))
    edit(copied, (text) => text.replace('192.0.2.0/24', options.balancer!))
  }
  if (options.cache === 'off')
    edit('docker/nginx/page.conf', (text) => text.replace(/^proxy_cache page;$/m, 'proxy_cache off;'))

  const child = Bun.spawn([program, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    stdin: 'ignore',
    stdout: Bun.file(join(folder, 'access.log')),
    stderr: Bun.file(join(folder, 'error.log')),
  })
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')
  const origin = `http://127.0.0.1:${port}`
  const deadline = Date.now() + readyDeadlineMs
  while (!(await isThere(`http://127.0.0.1:${probePort}/livez`))) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`nginx is not there: ${textOf('error.log')}`)
    await Bun.sleep(20)
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  afterAll(stop)
  return {
    origin,
    accessLog: () => textOf('access.log'),
    errorLog: () => textOf('error.log'),
    breakPageCache() {
      rmSync(join(folder, 'nginx-page'), { recursive: true })
      writeFileSync(join(folder, 'nginx-page'), '')
    },
    stop,
  }
}

async function isThere(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}
