import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Started, start } from '../stage/started.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfast-never-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The environment in which a program of that name is found first: one that runs `source` and is deaf to SIGTERM. */
function withProgram(name: string, source: string): Record<string, string | undefined> {
  const bin = join(folder, name)
  const script = join(folder, `${name}.ts`)
  writeFileSync(script, `process.on('SIGTERM', () => {})\n${source}`)
  Bun.spawnSync(['mkdir', '-p', bin])
  writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`)
  chmodSync(join(bin, name), 0o755)
  return { PATH: `${bin}:${process.env.PATH}` }
}

/** The program that a started line runs, by its script. */
async function pidOf(name: string): Promise<number | undefined> {
  const { stdout } = Bun.spawnSync(['ps', '-axo', 'pid=,command='])
  const line = stdout
    .toString()
    .split('\n')
    .find((each) => each.includes(join(folder, `${name}.ts`)) && !each.includes('/bin/sh'))
  return line ? Number.parseInt(line, 10) : undefined
}

async function endsWithin(started: Started, timeoutMs: number): Promise<number | null | 'still there'> {
  return Promise.race([started.ended, Bun.sleep(timeoutMs).then(() => 'still there' as const)])
}

test('object storage that never becomes ready holds up neither the line nor its end', async () => {
  const fake = `const [host, port] = process.argv[process.argv.indexOf('--address') + 1].split(':')
Bun.serve({ hostname: host, port: Number(port), fetch: () => new Response('not yet', { status: 503 }) })`
  const started = start({ ...withProgram('minio', fake), S3_ENDPOINT: undefined })
  try {
    expect((await submitTo(await started.origin(), newPhone())).status).toBe(202)
    await until('storage is being waited for', async () => (await pidOf('minio')) !== undefined)
    started.signal('SIGINT')
    expect(await endsWithin(started, 45_000)).toBe(0)
    expect(await pidOf('minio')).toBeUndefined()
  } finally {
    await started.remove()
  }
}, 180_000)

test('while Redis never becomes ready, a second Ctrl-C ends everything at once', async () => {
  const fake = `const port = process.argv[process.argv.indexOf('--port') + 1]
Bun.listen({ hostname: '127.0.0.1', port: Number(port), socket: {
  data: (socket) => { socket.write('-LOADING Redis is loading the dataset in memory\\r\\n') },
} })`
  const started = start(withProgram('redis-server', fake))
  try {
    await until('Redis is being waited for', async () => (await pidOf('redis-server')) !== undefined)
    await Bun.sleep(1_000)
    started.signal('SIGINT')
    await until('it says that it ends', () => started.output().includes('Ending:'))
    started.signal('SIGINT')
    expect(await endsWithin(started, 5_000)).toBe(130)
    await until('nothing is left', async () => (await pidOf('redis-server')) === undefined)
  } finally {
    await started.remove()
  }
}, 120_000)
