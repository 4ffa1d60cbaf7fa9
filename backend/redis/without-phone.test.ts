import { expect, test } from 'bun:test'
import { everyDetail } from '../testing/stage/details.ts'
import { makeLeads } from '../testing/stage/leads.ts'
import { readLeadJob, toJobData } from './lead-job.ts'
import { blanked, countOf, withoutPhone } from './without-phone.ts'

const sealKey = 'a1'.repeat(16)

/** A job of a neighbour, the person, another neighbour and the person once more, as Redis keeps it. */
function aJob(sealed: boolean) {
  const own = { attribution: { utm_source: 'sms', utm_content: 'only of theirs' } }
  const request = { path: '/', referrer: '', ipHash: 'ef'.repeat(16), ipMask: '10.0.0.*' }
  const made = makeLeads(4, { details: everyDetail, idempotencyKey: 'cd'.repeat(16) })
  const [one, person, other, again] = made.map((lead, place) => ({
    ...lead,
    request: { ...request, userAgent: place % 2 ? 'A phone of theirs' : `Phone ${place}` },
    ...(place % 2 && { phone: made[1]!.phone, phoneKey: made[1]!.phoneKey, details: own }),
  }))
  const leads = [one!, person!, other!, again!]
  const id = leads[0]!.id
  const data = JSON.stringify(toJobData({ id, leads, ...(sealed && { sealKey }) }))
  return { id, data, person: person! }
}

test.each([
  ['as it is now, decided', true, 'N,N,N,Dx'],
  ['as it is now, undecided', true, null],
  ['of an earlier version', false, 'N,N,N,Dx'],
] as const)(
  'a job %s loses the leads of one phone, and the others none of theirs',
  (_how, sealed, verdict) => {
    const { id, data, person } = aJob(sealed)
    const before = readLeadJob(id, JSON.parse(data), verdict)!
    expect(countOf(data, person.phoneKey)).toBe(2)
    const emptied = withoutPhone({ id, data, verdict }, person.phoneKey)!
    expect(readLeadJob(id, JSON.parse(emptied.data), emptied.verdict)).toEqual(
      before.filter(({ phoneKey }) => phoneKey !== person.phoneKey),
    )
    for (const theirs of [person.phone, person.phoneKey, 'only of theirs', 'A phone of theirs'])
      expect(emptied.data).not.toContain(theirs)
    // `claim.lua` cuts it up by place.
    expect(emptied.data).toStartWith('{"claims":"')
  },
)

test('a job that holds none of them, or that nobody can read, is left', () => {
  const { id, data } = aJob(true)
  const stranger = 'ff'.repeat(16)
  expect(withoutPhone({ id, data, verdict: null }, stranger)).toBeUndefined()
  expect(withoutPhone({ id, data: data.slice(0, -9), verdict: null }, stranger)).toBeUndefined()
})

test('of a text that lost its end only this phone is taken', () => {
  const { data, person } = aJob(true)
  const keyOf = (phone: string) => (phone === person.phone ? person.phoneKey : 'other')
  const left = blanked(JSON.stringify({ data: data.slice(0, -9) }), person.phoneKey, keyOf)
  expect(left).not.toContain(person.phone)
  expect(left).not.toContain(person.phoneKey)
  expect(left.match(/\+98\d{10}/g)).toHaveLength(2)
})
