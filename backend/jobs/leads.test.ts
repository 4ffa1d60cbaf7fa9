import { expect, test } from 'bun:test'
import type { Lead } from '../leads/lead.ts'
import { createLog } from '../log.ts'
import { createMemoryLeads } from '../memory/leads.ts'
import { createMemoryRequestLog } from '../memory/request-log.ts'
import { createLeadNewsMetrics, createRegistry, createWorkerMetrics } from '../prometheus/metrics.ts'
import { makeLeads } from '../testing/stage/leads.ts'
import { createLeadNews } from './lead-news.ts'
import { persistBatch } from './leads.ts'

const request = { path: '/api/leads', userAgent: 'test', referrer: '', ipHash: 'h', ipMask: '203.0.113.*' }

function setUp(own: readonly Partial<Lead>[] = [{}, {}, {}, {}]) {
  const requestLog = createMemoryRequestLog({ maxWaiting: 100 })
  const registry = createRegistry('test')
  const lines: string[] = []
  const log = createLog({ level: 'debug', process: 'test', write: (line) => lines.push(line) })
  const news = createLeadNews({ metrics: createLeadNewsMetrics(registry), requestLog, log })
  const store = createMemoryLeads({ dedupWindowMs: 86_400_000, news })
  const stopping = new AbortController()
  const deps = { leads: store, claims: store, metrics: createWorkerMetrics(registry), log }
  const leads = makeLeads(own.length, { request }).map((lead, index) => ({ ...lead, ...own[index] }))
  const run = () => persistBatch(deps, { batchId: leads[0]!.id, leads, signal: stopping.signal })
  return { store, requestLog, registry, lines, stopping, leads, run }
}

test('a batch is stored and every lead is logged as stored', async () => {
  const { store, requestLog, leads, run } = setUp()
  await run()
  expect(store.rows.size).toBe(4)
  expect(requestLog.entries().map((entry) => [entry.id, entry.outcome, entry.taskState])).toEqual(
    leads.map((lead) => [lead.id, 'accepted', 'stored']),
  )
})

test('a batch that is delivered again is counted once, and logged even if whoever stored it could not', async () => {
  const { requestLog, registry, run } = setUp()
  await run()
  await run()
  expect(await registry.metrics()).toContain('leads_stored_total{process="test"} 4')
  expect(requestLog.entries()).toHaveLength(4)
})

test('a suspect lead is logged with its reasons, any other without', async () => {
  const { requestLog, leads, run } = setUp([{}, { details: { suspect: ['fast'] } }])
  await run()
  expect(requestLog.entries().map((entry) => [entry.id, entry.suspect])).toEqual([
    [leads[0]!.id, undefined],
    [leads[1]!.id, ['fast']],
  ])
})

test('while the store is away a batch waits, and is stored when it is back', async () => {
  const { store, lines, run } = setUp()
  store.failNext(new Error('connect ECONNREFUSED'))
  await run()
  expect(store.rows.size).toBe(4)
  expect(lines.filter((line) => line.includes('lead.store_waits'))).toHaveLength(1)
})

test('a worker that stops puts the batch back instead of waiting', async () => {
  const { store, stopping, run } = setUp()
  store.failNext(new Error('connect ECONNREFUSED'))
  stopping.abort()
  await expect(run()).rejects.toThrow('ECONNREFUSED')
  expect(store.rows.size).toBe(0)
})

test('a lead that goes to quarantine is counted, logged by its id and in the request log', async () => {
  const { store, requestLog, registry, lines, leads, run } = setUp()
  store.poison.add(leads[2]!.phone)
  await run()
  expect(requestLog.entries().filter((entry) => entry.taskState === 'quarantined')).toHaveLength(1)
  expect(await registry.metrics()).toContain('leads_quarantined_total{process="test"} 1')
  expect(await registry.metrics()).toContain('leads_stored_total{process="test"} 3')
  const said = lines.find((line) => line.includes('lead.quarantined'))
  expect(said).toContain(leads[2]!.id)
  expect(lines.join('\n')).not.toContain(leads[2]!.phone.slice(3))
})
