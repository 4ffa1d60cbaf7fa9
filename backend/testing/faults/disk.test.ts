import { afterAll, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptOnce, rowsOf, type Said, submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const diskMb = 400
const folder = mkdtempSync(join(tmpdir(), 'landfast-disk-'))
const mounted = process.getuid?.() === 0 && mount()

function mount(): boolean {
  const command = ['mount', '-t', 'tmpfs', '-o', `size=${diskMb}m,mode=755`, 'tmpfs', folder]
  return Bun.which('mount') !== null && Bun.spawnSync(command).success
}

afterAll(() => {
  if (mounted) Bun.spawnSync(['umount', folder])
  rmSync(folder, { recursive: true, force: true })
})

const ballast = join(folder, 'ballast')
const block = Buffer.alloc(1024 * 1024)

/** Takes all the room that is left. */
function fillDisk(): void {
  const file = openSync(ballast, 'a')
  for (let size = block.length; size >= 512; )
    try {
      writeSync(file, block, 0, size)
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error
      size /= 2
    }
  closeSync(file)
}

const submitMany = (origin: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const phone = newPhone()
      return { phone, ...(await submitTo(origin, phone)) }
    }),
  )
const accepted = <T extends Said>(answers: readonly T[]) => answers.filter(({ status }) => status === 202)

// Needs a small disk of its own, hence root.
test.skipIf(!mounted)(
  'with the disk of both stores full it is said plainly, nothing accepted is lost, and with room again all goes on (needs root)',
  async () => {
    const { services, db, atEnd } = await ownServices(['postgres', 'redis'], folder)
    const line = await startLine({ env: services.env })
    atEnd(() => line.stop())
    const answers = [...(await submitMany(line.origin, 200))]
    expect(accepted(answers)).toHaveLength(200)

    fillDisk()
    let refused: Said[] = []
    await until('nothing is accepted any more', async () => {
      const more = await submitMany(line.origin, 100)
      answers.push(...more)
      refused = more.filter(({ status }) => status === 503)
      fillDisk()
      return refused.length === more.length
    })
    const response = await fetch(`${line.origin}/api/leads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: newPhone() }),
    })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.text()).toContain('could not be saved just now')
    expect((await fetch(`${line.origin}/api/health`)).status).toBe(503)
    await until('it is not ready, and says that it is Postgres', async () => {
      const ready = await fetch(`${line.origin}/readyz`)
      return ready.status === 503 && (await ready.text()).includes('Postgres')
    })

    rmSync(ballast)
    // What a supervisor does: a Redis that cannot write what it promised ends by itself, and Postgres may.
    await Promise.all([services.redis.restart(), services.postgres.restart()])
    await until('leads are accepted again', async () => {
      const more = await submitMany(line.origin, 1)
      answers.push(...more)
      return accepted(more).length === 1
    })
    expect(answers.filter(({ status }) => status !== 202 && status !== 503)).toEqual([])
    const ids = accepted(answers).map(({ id }) => id!)
    await until('every lead has one row', async () => (await keptOnce(db, ids)) === ids.length)
    const phones = accepted(answers).map(({ phone }) => phone as string)
    expect(await rowsOf(db, phones)).toHaveLength(ids.length)
  },
  60_000,
)
