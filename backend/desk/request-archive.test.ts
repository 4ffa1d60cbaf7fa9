import { expect, test } from 'bun:test'
import { createSeal } from '../seal.ts'
import type { PartBucket } from './kept-export.ts'
import {
  archivedDays,
  archivedRequests,
  archiveRequests,
  createArchiveErasure,
  type LoggedRequest,
  type RequestArchiveDeps,
} from './request-archive.ts'

const now = new Date('2026-03-31T12:00:00Z')
const times = { now, ttlDays: 10, keptDays: 100 }
const [ann, ben, cleo] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string]
const pause = async () => {}

/** The id of a lead that came at this moment. */
const leadAt = (at: string) => {
  const hex = Date.parse(at).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${crypto.randomUUID().slice(24)}`
}

function entry(at: string, phone: string | null, id: string = crypto.randomUUID()): LoggedRequest {
  return {
    ...{ _id: id, ts: new Date(at), path: '/api/leads', outcome: 'accepted', phone_hash: phone },
    ...{ ip_mask: '203.0.113.*', ua: 'Firefox', meta: { referrer: null } },
  }
}

/** A log and a bucket that keep what they are given; `spoil` changes what is read out of the bucket. */
function stage(entries: LoggedRequest[], key = 'k'.repeat(64)) {
  const objects = new Map<string, Uint8Array>()
  const writes: string[] = []
  let held = 0
  const bucket: PartBucket = {
    async put(key, bytes) {
      if (held !== 1) throw new Error('somebody else may write the same now')
      writes.push(key)
      objects.set(key, bytes)
    },
    get: async (key) => objects.get(key)!,
    list: async (prefix) => [...objects.keys()].filter((each) => each.startsWith(prefix)).toSorted(),
    async remove(keys) {
      for (const each of keys) objects.delete(each)
    },
  }
  const deps: RequestArchiveDeps = {
    ...{ bucket, seal: createSeal(key, 'request archive') },
    mark: new Bun.CryptoHasher('sha256').update(key).digest('hex').slice(0, 16),
    async hold(work) {
      held++
      try {
        return await work()
      } finally {
        held--
      }
    },
  }
  const log = {
    oldest: async () => entries.map(({ ts }) => ts).toSorted((a, b) => a.getTime() - b.getTime())[0],
    async *between(from: Date, until: Date) {
      const found = entries.filter(({ ts }) => ts >= from && ts < until)
      for (let at = 0; at < found.length; at += 1_000) yield found.slice(at, at + 1_000)
    },
  }
  return { deps, log, objects, writes, withLog: { ...deps, log } }
}

async function dayOf(deps: RequestArchiveDeps, day: string) {
  let text = ''
  for await (const lines of archivedRequests(deps, day)) text += lines
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LoggedRequest)
}

test('a day goes into the archive once half of its time in the log is over, once, whole, and sealed', async () => {
  const old = [entry('2026-03-20T00:00:00.000Z', ann), entry('2026-03-20T23:59:59.999Z', null)]
  const later = [entry('2026-03-25T08:00:00Z', ben), entry('2026-03-26T08:00:00Z', ben)]
  const { deps, withLog, objects, writes } = stage([...later, ...old])
  const archived = await archiveRequests(withLog, times, pause)
  // The 26th ended four and a half days ago, and none came on the days between.
  expect(archived).toEqual({ archived: ['2026-03-20', '2026-03-25'], removed: [] })
  expect(await dayOf(deps, '2026-03-20')).toEqual(
    old.map((each) => ({ ...each, ts: each.ts.toISOString() as never })),
  )
  expect(await dayOf(deps, '2026-03-26')).toEqual([])
  expect(await archivedDays(deps)).toEqual([
    { day: '2026-03-20', entries: 2 },
    { day: '2026-03-25', entries: 1 },
  ])
  for (const bytes of objects.values()) expect(Buffer.from(bytes).includes('api/leads')).toBe(false)
  const written = writes.length
  expect(await archiveRequests(withLog, times, pause)).toEqual({ archived: [], removed: [] })
  expect(writes).toHaveLength(written)
})

test('a day of many is in several parts, and one that was broken off is written anew', async () => {
  const all = Array.from({ length: 12_345 }, () => entry('2026-03-20T10:00:00.000Z', null))
  const { deps, withLog, objects } = stage(all)
  let parts = 0
  const stopped = archiveRequests(withLog, times, async () => {
    if (++parts === 2) throw new Error('it is time to stop')
  })
  await expect(stopped).rejects.toThrow('it is time to stop')
  expect(objects.size).toBe(2)
  expect(await archivedDays(deps)).toEqual([])
  expect((await archiveRequests(withLog, times, pause)).archived).toEqual(['2026-03-20'])
  expect(objects.size).toBe(4)
  expect((await dayOf(deps, '2026-03-20')).map(({ _id }) => _id)).toEqual(all.map(({ _id }) => _id))
})

test.each(['000000', 'index'])(
  'where the bucket does not give back %s, nothing is archived, and all is the next time',
  async (name) => {
    const { deps, log, withLog } = stage([entry('2026-03-20T10:00:00Z', ann)])
    const { bucket } = deps
    const spoilt: PartBucket = {
      ...bucket,
      put: (key, bytes) =>
        bucket.put(key, key.endsWith(name) ? deps.seal.close(Buffer.from('else'), key) : bytes),
    }
    await expect(archiveRequests({ ...deps, log, bucket: spoilt }, times, pause)).rejects.toThrow()
    expect(await archivedDays(deps)).toEqual([])
    expect((await archiveRequests(withLog, times, pause)).archived).toEqual(['2026-03-20'])
  },
)

test('what is too old goes, whatever key has sealed it', async () => {
  const first = stage([entry('2026-03-20T10:00:00Z', ann)])
  await archiveRequests(first.withLog, times, pause)
  const { deps, log } = stage([], 'another'.repeat(9))
  const other = { ...deps, log, bucket: first.deps.bucket }
  expect(await archivedDays(other)).toEqual([{ day: '2026-03-20' }])
  const after = (days: number) => ({ ...times, now: new Date(Date.UTC(2026, 2, 21) + days * 86_400_000) })
  expect((await archiveRequests(other, after(100), pause)).removed).toEqual([])
  expect((await archiveRequests(other, after(101), pause)).removed).toEqual(['2026-03-20'])
  expect(first.objects.size).toBe(0)
})

test('of a person all is found and taken away that came until the cutoff, and what their leads are named by', async () => {
  const lead = leadAt('2026-03-20T10:00:00Z')
  const kept = [
    entry('2026-03-20T09:00:00Z', ben),
    // The same beginning of the hash, and another person.
    entry('2026-03-20T09:30:00Z', `${ann.slice(0, 8)}${cleo.slice(8)}`),
    entry('2026-03-20T11:00:00Z', null),
  ]
  const { deps, withLog, writes } = stage([
    ...[entry('2026-03-20T08:00:00Z', ann), ...kept, entry('2026-03-20T10:00:00.000Z', cleo, lead)],
    ...[entry('2026-03-21T08:00:00Z', ann), entry('2026-03-22T08:00:00Z', ben)],
  ])
  await archiveRequests(withLog, times, pause)
  const place = createArchiveErasure(deps)
  expect(await place.look(ann)).toEqual({ archived_requests: 2 })
  expect(await place.copy!(ann)).toEqual({
    archived_requests: ['20', '21'].map((day) => ({
      ...{ at: `2026-03-${day}T08:00:00.000Z`, path: '/api/leads', outcome: 'accepted' },
      ...{ address: '203.0.113.*', browser: 'Firefox', referrer: null },
    })),
  })
  const written = writes.length
  const whom = { phoneKey: ann, leadIds: [lead], cutoff: new Date('2026-03-21T00:00:00Z') }
  await place.erase([whom])
  expect(writes.slice(written).map((key) => key.split('/').slice(2).join('/'))).toEqual([
    '2026-03-20/000000',
    '2026-03-20/index',
  ])
  expect((await dayOf(deps, '2026-03-20')).map(({ _id }) => _id)).toEqual(kept.map(({ _id }) => _id))
  expect(await place.look(ann)).toEqual({ archived_requests: 1 })
  expect(await archivedDays(deps)).toContainEqual({ day: '2026-03-20', entries: 3 })
  // Once more changes nothing.
  const once = writes.length
  await place.erase([whom])
  expect(writes).toHaveLength(once)
})

test('who is erased is in no part of a day that was not written to its end either', async () => {
  const all = Array.from({ length: 6_000 }, () => entry('2026-03-20T10:00:00.000Z', ann))
  const { deps, withLog, objects } = stage(all)
  await archiveRequests(withLog, times, () => Promise.reject(new Error('stop'))).catch(() => {})
  expect(objects.size).toBe(1)
  await createArchiveErasure(deps).erase([{ phoneKey: ann, leadIds: [], cutoff: now }])
  expect(objects.size).toBe(0)
})

test('an erasure that was killed between a part and its index is carried to its end by the next', async () => {
  const { deps, withLog } = stage([entry('2026-03-20T08:00:00Z', ann), entry('2026-03-20T09:00:00Z', ben)])
  await archiveRequests(withLog, times, pause)
  const killed: PartBucket = {
    ...deps.bucket,
    put: (key, bytes) =>
      key.endsWith('index') ? Promise.reject(new Error('killed')) : deps.bucket.put(key, bytes),
  }
  const whom = [{ phoneKey: ann, leadIds: [], cutoff: now }]
  await expect(createArchiveErasure({ ...deps, bucket: killed }).erase(whom)).rejects.toThrow('killed')
  expect(await archivedDays(deps)).toEqual([{ day: '2026-03-20', entries: 2 }])
  await createArchiveErasure(deps).erase(whom)
  expect(await archivedDays(deps)).toEqual([{ day: '2026-03-20', entries: 1 }])
})
