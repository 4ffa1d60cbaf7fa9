import { randomBytes, randomInt } from 'node:crypto'
import { batchId, perBatchMax } from '../../batching/ids.ts'
import type { KeyedHash } from '../../keyed-hash.ts'
import type { Lead } from '../../leads/lead.ts'
import { phoneKeyOf } from '../../leads/phone.ts'
import { theCommand } from '../../operators/audit.ts'
import type { Db } from '../../postgres/connection.ts'
import { storeEventRows, workOnLeads } from '../../postgres/demo.ts'
import { createLiveStore } from '../../postgres/live-store.ts'
import { ensurePartitions } from '../../postgres/partitions.ts'
import { countSources } from '../../postgres/source-counts.ts'
import { storeLeads } from '../../postgres/store-leads.ts'
import { ownExperiments, type Shape, type Visit, visitsByDay } from './shape.ts'

export type Filled = Readonly<{ leads: number; visits: number }>
type FillDeps = Readonly<{ db: Db; keyedHash: KeyedHash; onDay(filled: Filled): void }>

const visitsAtOnce = 4_000
const leadsAtOnce = 1_000
// Above the longest window: the phones are all different.
const dedupWindowMs = 1
const phones = 1_000_000_000
// Elsewhere at each run, so that those that are added to others are others.
const firstPhone = randomInt(phones)

/** Stores visits, events and leads as the line would have, and what operators have made of them. */
export async function fill({ db, keyedHash, onDay }: FillDeps, shape: Shape): Promise<Filled> {
  const first = new Date(shape.nowMs - shape.days * 24 * 60 * 60_000)
  await ensurePartitions(db, { now: first, monthsAhead: Math.ceil(shape.days / 28) + 2 })
  await makeExperiments(db)
  let filled: Filled = { leads: 0, visits: 0 }
  for (const visits of visitsByDay(shape)) {
    for (let from = 0; from < visits.length; from += visitsAtOnce)
      await storeVisits(db, visits.slice(from, from + visitsAtOnce))
    const leads = visits
      .filter(({ lead }) => lead)
      .map((visit, index) => leadOf(visit, filled.leads + index, keyedHash))
    for (let from = 0; from < leads.length; from += leadsAtOnce)
      await storeLeads(db, leads.slice(from, from + leadsAtOnce), { dedupWindowMs, directly: true })
    filled = { leads: filled.leads + leads.length, visits: filled.visits + visits.length }
    onDay(filled)
  }
  await workOnLeads(db)
  while ((await countSources(db)) > 0);
  return filled
}

async function makeExperiments(db: Db): Promise<void> {
  const live = createLiveStore(db)
  for (const experiment of ownExperiments)
    await live.setExperiment(experiment.key, theCommand, () => experiment)
}

/** The events of these visits: shown, looked at, and the form submitted, which counts only for leads that are no suspects. */
async function storeVisits(db: Db, visits: readonly Visit[]): Promise<void> {
  const events = visits.flatMap((visit) => {
    const visitor = randomBytes(16).toString('base64url')
    const at = (afterMs: number, type: string, value: number | null = null) => ({
      ...{ at: visit.atMs + afterMs, visitor, word: visit.word, type, value, bot: visit.isBot },
      details: { attribution: visit.attribution, url: visit.landing },
      device: visit.device,
    })
    return [
      ...(visit.word === '' ? [] : [at(0, 'exposure')]),
      at(400, 'page_view'),
      ...(visit.isBot || visit.atMs % 8 > 0 ? [] : [at(2_500, 'web_vital_lcp', 900 + (visit.atMs % 2_000))]),
      ...(visit.lead ? [at(20_000, 'cta_click')] : []),
      ...(visit.lead === 'real' ? [at(45_000, 'form_submit')] : []),
    ]
  })
  const rows = events.map((event, index) => ({
    ...event,
    id: idOf(event.at, index % perBatchMax),
    at: new Date(event.at).toISOString(),
  }))
  await storeEventRows(db, rows)
}

const idOf = (atMs: number, index: number) => {
  const id = batchId(atMs, randomBytes(9))
  return id.slice(0, 15) + index.toString(16).padStart(3, '0') + id.slice(18)
}

/** With a number that no country has, so that nobody is ever rung for a demonstration. */
function leadOf(visit: Visit, index: number, keyedHash: KeyedHash): Lead {
  const phone = `+999${String((firstPhone + index * 7_368_787) % phones).padStart(9, '0')}`
  const { attribution, firstTouch, language, word, lead, device, landing } = visit
  return {
    id: batchId(visit.atMs + 45_000, randomBytes(9)),
    ...{ phone, phoneKey: phoneKeyOf(keyedHash, phone), idempotencyKey: '' },
    details: {
      ...(Object.keys(attribution).length > 0 && { attribution }),
      ...(firstTouch && { firstTouch }),
      ...{ language, variant: word, device, landing },
      ...(lead === 'suspect' && { suspect: ['fast'] as const }),
    },
  }
}
