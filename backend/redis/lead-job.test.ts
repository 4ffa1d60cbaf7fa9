import { expect, test } from 'bun:test'
import type { Lead } from '../leads/lead.ts'
import { makeBatch, makeLeads } from '../testing/stage/leads.ts'
import { leadsToStore, readVerdicts, stateInJob, toJobData } from './lead-job.ts'

const key = 'ab'.repeat(16)
const leads = makeLeads(3).map((lead, index) =>
  index === 1
    ? {
        ...lead,
        idempotencyKey: key,
        attribution: { utm_source: 'tv' },
        signals: { language: 'fa', suspect: ['fast'] as const, firstTouch: { utm_source: 'sms' } },
      }
    : lead,
)
const batch = makeBatch(leads)
const data = JSON.parse(JSON.stringify(toJobData(batch)))

test('what goes into a job comes out of it', () => {
  expect(leadsToStore(batch.id, data, 'N,N,N')).toEqual(leads)
})

test('a campaign is written once however many leads it brought, and each lead keeps its own', () => {
  const campaigns: Lead['attribution'][] = [
    { utm_source: 'tv', utm_campaign: 'autumn' },
    { utm_source: 'tv' },
    undefined,
    { utm_campaign: 'autumn', utm_source: 'tv' },
    { utm_source: 'tv', utm_campaign: 'spring' },
    { utm_source: 'tv', utm_campaign: 'autumn' },
  ]
  const many = makeLeads(60).map((lead, index) => ({ ...lead, attribution: campaigns[index % 6] }))
  const job = JSON.parse(JSON.stringify(toJobData(makeBatch(many))))
  expect(job.campaigns).toEqual([campaigns[0], campaigns[1], campaigns[4]])
  expect(leadsToStore(many[0]!.id, job, null)).toEqual(many)
})

test('leads that all come from somewhere else keep that', () => {
  const many = makeLeads(40).map((lead, index) => ({ ...lead, attribution: { gclid: `${index % 20}` } }))
  const job = JSON.parse(JSON.stringify(toJobData(makeBatch(many))))
  expect(leadsToStore(many[0]!.id, job, null)).toEqual(many)
})

test('a job that an earlier version queued is read as well', () => {
  const attribution = { utm_source: 'tv' }
  const [lead] = makeLeads(1, { attribution })
  const job = { claims: `${lead!.phoneKey}${'-'.repeat(32)}`, leads: [{ phone: lead!.phone, attribution }] }
  expect(leadsToStore(lead!.id, job, 'N')).toEqual([lead!])
})

test('only leads that were decided to be new are stored', () => {
  const other = makeLeads(1)[0]!.id
  expect(leadsToStore(batch.id, data, `N,D${other},R${other}`)).toEqual([leads[0]!])
})

test('without a verdict all are stored, and Postgres decides who is first', () => {
  expect(leadsToStore(batch.id, data, null)).toEqual(leads)
})

test('verdicts are read in the order of the leads', () => {
  const other = makeLeads(1)[0]!.id
  expect(readVerdicts(batch, `D${other},N,R${other}`)).toEqual([
    { kind: 'duplicate', id: other },
    { kind: 'new', id: leads[1]!.id },
    { kind: 'replay', id: other },
  ])
})

test.each([['N,N'], ['N,N,N,N'], [''], [null], [['N', 'N', 'N']]])(
  '%p is not a verdict for three leads',
  (reply) => {
    expect(() => readVerdicts(batch, reply)).toThrow('another number of leads')
  },
)

test('a lead is queued while its job is there, not finished, and took it as new', () => {
  const job = { data: true, verdict: 'N,Dx,N', finished: false }
  expect(stateInJob(0, job)).toBe('queued')
  expect(stateInJob(1, job)).toBeUndefined()
  expect(stateInJob(0, { ...job, verdict: null })).toBe('queued')
  expect(stateInJob(0, { ...job, finished: true })).toBeUndefined()
  expect(stateInJob(0, { data: false, verdict: null, finished: false })).toBeUndefined()
})
