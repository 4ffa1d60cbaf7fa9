import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { submitTo, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

const strace = Bun.which('strace')
const mayTrace = strace !== null && process.getuid?.() === 0

/** The system calls of Redis while `work` runs, in their order. */
async function traced(work: () => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-trace-'))
  const file = join(folder, 'calls')
  const tracer = Bun.spawn(
    [
      ...[strace!, '-f', '-y', '-s', '65536', '-e', 'trace=write,writev,sendto,fdatasync,fsync', '-o', file],
      ...['-p', String(services.redis.pid)],
    ],
    { stdout: 'ignore', stderr: 'ignore' },
  )
  try {
    const calls = () => readFileSync(file, 'utf8').split('\n')
    await until('Redis is watched', () =>
      readFileSync(`/proc/${services.redis.pid}/status`, 'utf8').includes(`TracerPid:\t${tracer.pid}`),
    )
    await work()
    tracer.kill('SIGINT')
    await tracer.exited
    return calls()
  } finally {
    tracer.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

// Needs strace and root; without them the settings that Redis is refused without are all there is to go by.
test.skipIf(!mayTrace)('a lead is on disk before its 202 leaves Redis (needs strace and root)', async () => {
  await untilRedisPath(line.origin, 'open')
  const calls = await traced(async () => {
    await submitTo(line.origin, newPhone())
  })
  // Redis answers with the job's id, which is nobody else's.
  const id = calls.map((call) => /bull:leads:([0-9a-f-]{36})/.exec(call)?.[1]).find((found) => found)!
  const appended = calls.findIndex((call) => call.includes('.aof>') && call.includes(id))
  const synced = calls.findIndex(
    (call, index) => index > appended && /fdatasync\(\d+<[^>]*\.aof>\)/.test(call),
  )
  const answered = calls.findIndex((call) => !call.includes('.aof>') && call.includes(id))
  expect(appended).toBeGreaterThanOrEqual(0)
  expect(synced).toBeGreaterThan(appended)
  expect(answered).toBeGreaterThan(synced)
})
