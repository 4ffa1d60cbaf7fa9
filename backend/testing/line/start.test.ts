import { afterAll, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { holderOf } from '../../local/port-holder.ts'
import { root } from '../house/sources.ts'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { start } from '../stage/started.ts'

const limitMs = 120_000

// A proxy that answers nothing, named in every way that programs read.
let asked = 0
const proxy = createServer((socket) => {
  asked += 1
  socket.destroy()
})
await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
const proxyUrl = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])
const behindProxy = {
  ...Object.fromEntries(names.map((name) => [name, proxyUrl])),
  NO_PROXY: undefined,
  no_proxy: undefined,
}

const started = start(behindProxy)
afterAll(async () => {
  await started.remove()
  proxy.close()
})

const portsOf = (output: string) =>
  [...output.matchAll(/^ +(API|Worker|Postgres|Redis) +running +\S*?:(\d+)/gm)].map(
    ([, part, port]) => [part!, Number(port)] as const,
  )

test(
  '`start` and the probe of the image find the line although a proxy is named for everything',
  async () => {
    const origin = await started.origin()
    expect((await submitTo(origin, newPhone())).status).toBe(202)
    const ports = Object.fromEntries(portsOf(started.output()))
    const probe = spawn(process.execPath, ['--no-env-file', 'docker/probe.ts', 'api', '/readyz'], {
      cwd: root,
      env: {
        ...process.env,
        ...behindProxy,
        PORT: String(ports.API),
        WORKER_PORT: String(ports.Worker),
        ACK_MODE: 'pg',
        SECRET_KEY: 'k'.repeat(32),
      },
      stdio: 'ignore',
    })
    expect(await new Promise((resolve) => probe.once('exit', resolve))).toBe(0)
    expect(asked).toBe(0)
  },
  limitMs,
)

test(
  '`start` is there for this machine only, and says so',
  async () => {
    await started.origin()
    expect(started.output()).toContain('for this machine only; LISTEN_ADDRESS=0.0.0.0 opens it')
    const ports = portsOf(started.output())
    expect(ports.map(([part]) => part)).toEqual(['API', 'Worker', 'Postgres', 'Redis'])
    const others = Object.values(networkInterfaces())
      .flatMap((addresses = []) => addresses)
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address)
    // On Linux all of 127.0.0.0/8 leads to this machine, so another of it stands for an address of the network.
    if (process.platform === 'linux') others.push('127.0.0.77')
    expect(others).not.toBeEmpty()
    for (const host of others)
      for (const [part, port] of ports)
        expect(`${part} at ${host}: ${await answers(host, port)}`).toBe(`${part} at ${host}: false`)
  },
  limitMs,
)

test(
  'a reader of its output that goes away costs lines, and nothing else: what dies is started again',
  async () => {
    const origin = await started.origin()
    const ports = Object.fromEntries(portsOf(started.output()))
    started.stopReading()
    for (let kill = 0; kill < 2; kill += 1) {
      const worker = holderOf(ports.Worker!)
      process.kill(worker!, 'SIGKILL')
      await until('another worker is there', () => ![undefined, worker].includes(holderOf(ports.Worker!)))
    }
    expect((await submitTo(origin, newPhone())).status).toBe(202)
    expect(started.code()).toBeUndefined()
  },
  limitMs,
)

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = (there: boolean) => () => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}
