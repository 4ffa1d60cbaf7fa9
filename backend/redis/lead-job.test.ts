import { expect, test } from 'bun:test'
import { makeBatch, makeLeads } from '../testing/leads.ts'
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
