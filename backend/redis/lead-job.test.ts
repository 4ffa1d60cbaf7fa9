import { expect, test } from 'bun:test'
import type { Attribution } from '../leads/attribution.ts'
import type { Lead } from '../leads/lead.ts'
import type { OlderDetails } from '../leads/older-lead.ts'
import { everyDetail } from '../testing/stage/details.ts'
import { makeBatch, makeLeads } from '../testing/stage/leads.ts'
import { leadsToStore, readVerdicts, stateInJob, toJobData } from './lead-job.ts'

const key = 'ab'.repeat(16)
const leads = makeLeads(3).map((lead, index) =>
  index === 1
    ? {
        ...lead,
        idempotencyKey: key,
        details: everyDetail,
      }
    : lead,
)
const batch = makeBatch(leads)
const data = JSON.parse(JSON.stringify(toJobData(batch)))

test('what goes into a job comes out of it', () => {
  expect(leadsToStore(batch.id, data, 'N,N,N')).toEqual(leads)
})

test('the trace of a lead that is followed travels with it alone', () => {
  const trace = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`
  const [first, ...others] = leads
  const followed = toJobData(makeBatch([{ ...first!, trace }, ...others]))
  expect(
    leadsToStore(batch.id, JSON.parse(JSON.stringify(followed)), 'N,N,N').map((lead) => lead.trace),
  ).toEqual([trace, undefined, undefined])
  expect(JSON.stringify(data)).not.toContain('"trace"')
})

test('what the request log learns of a request travels with its lead, and what many browsers say is written once', () => {
  const of = (userAgent: string, n: number) => ({
    path: '/api/leads',
    userAgent,
    referrer: 'https://tv.example/spot',
    ipHash: `${n}`.repeat(32),
    ipMask: `10.0.${n}.*`,
  })
  const asked = [of('Phone A', 1), of('Phone B', 2), of('Phone A', 3), undefined]
  const many = makeLeads(4).map((lead, index) => ({
    ...lead,
    request: asked[index],
    ...(index === 1 && { details: everyDetail }),
  }))
  const job = JSON.stringify(toJobData(makeBatch(many)))
  expect(leadsToStore(many[0]!.id, JSON.parse(job), 'N,N,N,N')).toEqual(many)
  expect(job.match(/Phone A/g)).toHaveLength(1)
})

test.each([['9 a b'], [''], ['x'], ['0']])(
  'from %p no entry of the log comes, and its lead is stored',
  (from) => {
    const told = JSON.parse(JSON.stringify(data))
    told.leads[0].from = from
    const [first] = leadsToStore(batch.id, told, 'N,N,N')
    expect(first!.phone).toBe(leads[0]!.phone)
  },
)

test('what an earlier version wrote for the request log is read', () => {
  const request = { path: '/', userAgent: 'Phone', referrer: '', ipHash: 'a', ipMask: 'b' }
  const older = JSON.parse(JSON.stringify(data))
  older.leads[0].request = request
  expect(leadsToStore(batch.id, older, 'N,N,N')[0]!.request).toEqual(request)
})

/** A job as Redis keeps it, of leads that tell this. */
function jobOf(details: readonly Lead['details'][]) {
  const many = makeLeads(details.length).map((lead, index) => ({ ...lead, details: details[index] }))
  const job = JSON.parse(JSON.stringify(toJobData(makeBatch(many))))
  return { many, job, back: leadsToStore(many[0]!.id, job, null) }
}

const campaigns: Attribution[] = [
  { utm_source: 'tv', utm_campaign: 'autumn' },
  { utm_source: 'tv' },
  { utm_campaign: 'autumn', utm_source: 'tv' },
  { utm_source: 'tv', utm_campaign: 'spring' },
]

test('a campaign is written once however many leads it brought, and each lead keeps its own', () => {
  const { many, job, back } = jobOf(
    Array.from({ length: 60 }, (_, index) => {
      const attribution = campaigns[index % 4]!
      return index % 5 === 4
        ? undefined
        : { attribution, firstTouch: attribution, variant: `hero.${index % 2}` }
    }),
  )
  expect(back).toEqual(many)
  // The first and the third are one campaign. Each is written once as the last touch and once as the first.
  expect(JSON.stringify(job).split('autumn')).toHaveLength(3)
  expect(job.told).toHaveLength(3 + 3 + 3)
})

test('leads that all come from somewhere else keep that, and what they tell alike is still written once', () => {
  const { many, job, back } = jobOf(
    Array.from({ length: 40 }, (_, index) => ({
      attribution: { gclid: `${index % 20}` },
      firstTouch: campaigns[0]!,
      consent: '2026-11',
    })),
  )
  expect(back).toEqual(many)
  expect(JSON.stringify(job).split('autumn').length).toBeLessThan(40 / 8 + 2)
})

test('a job never grows with what a lead tells by more than that', () => {
  const bytesOf = (details: Lead['details']) => JSON.stringify(jobOf([details]).job).length
  const plain = bytesOf(undefined)
  const whole = JSON.stringify(everyDetail).length
  expect(bytesOf(everyDetail) - plain).toBeLessThan(whole + 32)
})

const older = {
  'an earlier version': { attribution: { utm_source: 'tv' } },
  'the version before': {
    variant: 'hero.b',
    signals: { language: 'fa', suspect: ['fast'], firstTouch: { utm_source: 'sms' } },
  },
} as const satisfies Readonly<Record<string, OlderDetails>>

test('a job that an earlier version queued is read as well', () => {
  const [first, second, third] = makeLeads(3)
  const jobs = [
    [
      first!,
      { leads: [{ phone: first!.phone, ...older['an earlier version'] }] },
      { attribution: { utm_source: 'tv' } },
    ],
    [
      second!,
      {
        campaigns: [{ gclid: 'x' }],
        leads: [{ phone: second!.phone, campaign: 0, ...older['the version before'] }],
      },
      { attribution: { gclid: 'x' }, variant: 'hero.b', ...older['the version before'].signals },
    ],
    [third!, { campaigns: [], leads: [{ phone: third!.phone }] }, undefined],
  ] as const
  for (const [lead, job, details] of jobs) {
    const data = { claims: `${lead.phoneKey}${'-'.repeat(32)}`, ...job }
    const id = `${lead.id.slice(0, 15)}000${lead.id.slice(18)}`
    expect(leadsToStore(id, data, 'N')).toEqual([{ ...lead, id, details }])
  }
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

test('a batch whose duplicates are kept stores them as well, and says nothing of them to the request log', () => {
  const leads = makeLeads(3, { request: { path: '/', userAgent: '', referrer: '', ipHash: '', ipMask: '' } })
  const batch = { ...makeBatch(leads), keepsDuplicates: true }
  const data = toJobData(batch)
  const kept = leadsToStore(batch.id, data, `N,D${leads[0]!.id},R${leads[0]!.id}`)
  expect(kept.map(({ id }) => id)).toEqual([leads[0]!.id, leads[1]!.id])
  expect(kept.map(({ request }) => request !== undefined)).toEqual([true, false])
  const job = { data: true, verdict: `N,D${leads[0]!.id},R${leads[0]!.id}`, finished: false }
  const states = [0, 1, 2].map((index) => stateInJob(index, { ...job, keepsDuplicates: true }))
  expect(states).toEqual(['queued', 'queued', undefined])
})
