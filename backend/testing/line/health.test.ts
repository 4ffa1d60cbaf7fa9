import { describe, expect, test } from 'bun:test'
import type { Service } from '../../local/service.ts'
import { behindTls, trusting } from '../stage/behind-tls.ts'
import { until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { lineSecret, startLine } from '../stage/line.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis', 'mongo', 's3'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

type Health = { status: string; dependencies: Record<string, { status: string; detail?: string }> }

async function health(): Promise<{ code: number; status: string; down: string[] }> {
  const response = await fetch(`${line.origin}/api/health`)
  const body = (await response.json()) as Health
  const down = Object.keys(body.dependencies).filter((name) => body.dependencies[name]!.status === 'down')
  return { code: response.status, status: body.status, down }
}

async function untilHealth(expected: Awaited<ReturnType<typeof health>>): Promise<void> {
  const deadline = Date.now() + 30_000
  let found = await health()
  while (!Bun.deepEquals(found, expected) && Date.now() < deadline) {
    await Bun.sleep(100)
    found = await health()
  }
  expect(found).toEqual(expected)
}

const allWell = { code: 200, status: 'ok', down: [] as string[] }

async function submit(): Promise<{ status: number; id: string; retryAfter: string | null }> {
  const response = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone: newPhone() }),
  })
  const { id } = (await response.json()) as { id: string }
  return { status: response.status, id, retryAfter: response.headers.get('retry-after') }
}

async function untilStored(id: string): Promise<void> {
  const deadline = Date.now() + 30_000
  let status = ''
  while (status !== 'stored' && Date.now() < deadline) {
    const response = await fetch(`${line.origin}/api/leads/${id}/status`)
    status = response.ok ? ((await response.json()) as { status: string }).status : String(response.status)
    if (status !== 'stored') await Bun.sleep(50)
  }
  expect(status).toBe('stored')
}

const probe = async (path: string) => (await fetch(`${line.origin}${path}`)).status

test('a bucket that was not set up is told, with what to do; once it is, the API reads it without a key', async () => {
  await untilHealth({ code: 200, status: 'degraded', down: ['object_storage'] })
  const { dependencies } = (await (await fetch(`${line.origin}/api/health`)).json()) as Health
  expect(dependencies.object_storage?.detail).toContain('`bun run media:setup` opens it')
  const { err, code } = await operatorCommand(['media.ts', 'setup'], {
    ...services.env,
    S3_BUCKET: process.env.S3_BUCKET,
    SECRET_KEY: lineSecret,
  })
  expect([code, err]).toEqual([0, ''])
  await untilHealth(allWell)
}, 60_000)

test('MongoDB and object storage with certificates of an authority of our own: health says what to set, and with it all is well', async () => {
  const [mongo, storage] = [
    await behindTls(services.env.MONGO_URL!),
    await behindTls(services.env.S3_ENDPOINT!),
  ]
  for (const way of [mongo, storage]) atEnd(way.close)
  mongo.url.searchParams.set('tls', 'true')
  storage.url.protocol = 'https:'
  const env = { ...services.env, MONGO_URL: mongo.url.href, S3_ENDPOINT: storage.url.origin }
  const told = async (origin: string) => {
    const { dependencies } = (await (await fetch(`${origin}/api/health`)).json()) as Health
    return [dependencies.mongo!, dependencies.object_storage!]
  }
  const doubting = await startLine({ env })
  try {
    await until('both say it', async () =>
      (await told(doubting.origin)).every(({ detail = '' }) => detail.includes('NODE_EXTRA_CA_CERTS')),
    )
  } finally {
    await doubting.stop()
  }
  const believing = await startLine({ env: { ...env, ...trusting } })
  try {
    await until('both are well', async () =>
      (await told(believing.origin)).every(({ status }) => status === 'ok'),
    )
  } finally {
    await believing.stop()
  }
}, 60_000)

describe('while a part is gone, health names it and leads are still taken', () => {
  const parts: [string, Service, number, string[]][] = [
    ['redis', services.redis, 503, ['redis']],
    ['postgres', services.postgres, 503, ['postgres', 'worker', 'deliveries']],
    ['mongo', services.mongo, 200, ['mongo']],
    ['object_storage', services.s3, 200, ['object_storage']],
  ]
  test.each(parts)(
    '%s',
    async (_name, service, code, down) => {
      await untilHealth(allWell)
      await service.kill()
      await untilHealth({ code, status: code === 503 ? 'down' : 'degraded', down })
      const lead = await submit()
      expect(lead.status).toBe(202)
      expect(await probe('/readyz')).toBe(200)
      expect(await probe('/livez')).toBe(200)
      expect(await probe('/')).toBe(200)
      await service.restart()
      await untilHealth(allWell)
      await untilStored(lead.id)
    },
    90_000,
  )

  test('the worker', async () => {
    await untilHealth(allWell)
    await line.worker.kill('SIGSTOP')
    await untilHealth({ code: 503, status: 'down', down: ['worker'] })
    const lead = await submit()
    expect(lead.status).toBe(202)
    await line.worker.kill('SIGCONT')
    await untilHealth(allWell)
    await untilStored(lead.id)
  }, 90_000)
})

test('with neither Redis nor Postgres nothing is promised, and it says when to try again', async () => {
  await untilHealth(allWell)
  await Promise.all([services.redis.kill(), services.postgres.kill()])
  await untilHealth({ code: 503, status: 'down', down: ['postgres', 'redis', 'worker', 'deliveries'] })
  const lead = await submit()
  expect(lead.status).toBe(503)
  expect(Number(lead.retryAfter)).toBeGreaterThan(0)
  expect(await probe('/readyz')).toBe(503)
  expect(await probe('/livez')).toBe(200)
  await Promise.all([services.redis.restart(), services.postgres.restart()])
  await untilHealth(allWell)
  const after = await submit()
  expect(after.status).toBe(202)
  await untilStored(after.id)
}, 90_000)
