import { beforeAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { type PhoneNumber, PhoneNumberFormat, PhoneNumberType, PhoneNumberUtil } from 'google-libphonenumber'
import { getCountries } from 'libphonenumber-js/max'
import { checkPhone } from '../../../frontend/landing/form/phone.ts'
import { formatPhone } from '../../../frontend/landing/form/phone-field.ts'
import { oddLengthOf, type PhonePlan, planToldBy } from '../../../frontend/landing/form/phone-plan.ts'
import { type LeadRouteDeps, takeSubmission } from '../../http/leads/leads.ts'
import { pagePhonePlan } from '../../leads/phone-plan.ts'
import { createSubmissionLine } from '../../leads/submit.ts'
import { createMemoryLeads } from '../../memory/leads.ts'
import { memoryApp } from '../stage/memory-app.ts'

// Another library than the one that the API reads with, so that neither vouches for itself.
const plans = PhoneNumberUtil.getInstance()
const scripts = ['۰', '٠', '०', '০', '０', '๐', '០', '၀', '𞥐'].map((zero) => zero.codePointAt(0)!)
const kinds = { mobile: PhoneNumberType.MOBILE, landline: PhoneNumberType.FIXED_LINE }

type Written = Readonly<{
  region: string
  kind: string
  e164: string
  spellings: readonly string[]
  /** With a zero in front also where none is dialled. */
  fromHabit: readonly string[]
}>

/** Tristan da Cunha has no mobiles; every other region has an example of both. */
const withoutExample = ['TA mobile']

/** What has another meaning where it is typed, or none. */
const knowinglyOther: Readonly<Record<string, string>> = {
  'SC mobile 011 248 2 510 123':
    'In the Seychelles 01 is dialled for another country: this rings +1 248 251 0123',
  'SC landline 011 248 4 217 123': 'likewise',
  'ZW landline 2631312345':
    'The API knows no landlines so short, so that 263 without a plus may as well be the area 0263',
  'AC mobile 040123': 'Ascension has numbers of six digits that begin with 0, too',
  'AC mobile +247 040123': 'likewise',
  'AC landline 062889': 'likewise',
  'AC landline +247 062889': 'likewise',
  'IT mobile 03123456789':
    'In Italy the zero belongs to landlines, and some are as long as a mobile and a zero',
  'IT mobile +39 03123456789': 'likewise',
  'VA mobile 03123456789': 'likewise',
  'VA mobile +39 03123456789': 'likewise',
}

function examples(): Written[] {
  return getCountries().flatMap((region, index) =>
    Object.entries(kinds).flatMap(([kind, type]) => {
      const number = plans.getExampleNumberForType(region, type)
      if (!number) return []
      const as = (format: PhoneNumberFormat) => plans.format(number, format)
      const national = as(PhoneNumberFormat.NATIONAL)
      const international = as(PhoneNumberFormat.INTERNATIONAL)
      const e164 = as(PhoneNumberFormat.E164)
      const spellings = [
        ...[national, international, e164, as(PhoneNumberFormat.RFC3966)],
        ...[nativeDigits(national, index), nativeDigits(international, index)],
        ...[plans.getNationalSignificantNumber(number), e164.slice(1), `00${e164.slice(1)}`],
        plans.formatOutOfCountryCallingNumber(number, region === 'US' ? 'CA' : 'US'),
        `\u2067${international.replaceAll('-', '\u2011').replaceAll(' ', '\u00a0')}\u2069 ext. 7`,
      ]
      return [{ region, kind, e164, spellings, fromHabit: zeroInFront(number) }]
    }),
  )
}

// Two zeros would stand for another country.
function zeroInFront(number: PhoneNumber): string[] {
  const national = plans.getNationalSignificantNumber(number)
  return national.startsWith('0') ? [] : [`0${national}`, `+${number.getCountryCode()} 0${national}`]
}

function nativeDigits(text: string, index: number): string {
  const zero = scripts[index % scripts.length]!
  return text.replace(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)))
}

const dedupWindowMs = 3_600_000

/** An API of this region without a lead, and a way to send it a phone. */
function setUp(door: LeadRouteDeps, region: string) {
  const store = createMemoryLeads({ dedupWindowMs })
  const line = createSubmissionLine({
    postgres: store,
    keyedHash: door.keyedHash,
    dedupWindowMs,
    nowMs: Date.now,
    randomBytes: () => randomBytes(9),
    onFallback() {},
    onUnavailable() {},
  })
  const deps: LeadRouteDeps = { ...door, line, defaultRegion: region }
  const send = async (phone: string) => {
    const request = new Request('http://localhost/api/leads', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone }),
    })
    return (await takeSubmission(deps, request, null)).status
  }
  return { send, phones: () => [...store.rows.values()].map(({ phone }) => phone) }
}

/** What the page sends of what was typed into its field, or why it sends nothing. */
function throughPage(plan: PhonePlan | undefined, typed: string): string {
  const check = checkPhone(formatPhone(typed), plan)
  return check.ok ? check.phone : check.problem
}

describe('in every region with a numbering plan', () => {
  let written: Written[] = []
  let door: LeadRouteDeps | undefined
  beforeAll(async () => {
    written = examples()
    await memoryApp((deps) => {
      door = deps.leads
      return deps
    })
  })

  test('there are examples of mobiles and landlines', () => {
    const found = new Set(written.map(({ region, kind }) => `${region} ${kind}`))
    const missing = getCountries().flatMap((region) =>
      Object.keys(kinds)
        .map((kind) => `${region} ${kind}`)
        .filter((each) => !found.has(each)),
    )
    expect(getCountries()).toHaveLength(245)
    expect(missing).toEqual(withoutExample)
  })

  test('a number is one lead in E.164, however it is written, through the page and the API', async () => {
    const wrong: string[] = []
    for (const { region, kind, e164, spellings, fromHabit } of written) {
      const { send, phones } = setUp(door!, region)
      const plan = planToldBy({ phone: pagePhonePlan(region) })
      const known = [...spellings, ...fromHabit].filter(
        (each) => !knowinglyOther[`${region} ${kind} ${each}`],
      )
      for (const spelling of known)
        for (const phone of [spelling, throughPage(plan, spelling)]) {
          const status = await send(phone)
          if (status !== 200 && status !== 202)
            wrong.push(`${region} ${kind} ${spelling}: ${phone} ${status}`)
        }
      if (phones().join() !== e164) wrong.push(`${region} ${kind} ${e164}: kept as ${phones().join()}`)
    }
    expect(wrong).toEqual([])
  }, 60_000)

  test('nobody is asked about the length of a number that is whole, however it is written', () => {
    const asked: string[] = []
    for (const { region, spellings } of written) {
      const plan = planToldBy({ phone: pagePhonePlan(region) })
      for (const spelling of spellings)
        if (oddLengthOf(throughPage(plan, spelling), plan)) asked.push(`${region} ${spelling}`)
    }
    expect(asked).toEqual([])
  })

  test('a mobile that lacks its last digit is refused or asked about, where all that begin so have one length', async () => {
    const thanked: string[] = []
    for (const { region, kind, e164 } of written) {
      const { code, trunk, lengths } = pagePhonePlan(region)
      const national = e164.slice(1 + code.length)
      const one = lengths[String(national.length)]?.split(' ').some((begin) => national.startsWith(begin))
      if (kind !== 'mobile' || !one) continue
      const plan = planToldBy({ phone: pagePhonePlan(region) })
      for (const whole of [trunk + national, e164]) {
        const typed = throughPage(plan, whole.slice(0, -1))
        const odd = oddLengthOf(typed, plan)
        const isTaken = (await setUp(door!, region).send(typed)) < 300
        // The API reads it as a number of Kosovo without its code.
        const isKnown = region === 'XK' && typed.startsWith('+')
        if (isTaken && !odd && !isKnown) thanked.push(`${region} ${typed}`)
        if (odd) expect(odd.should).toEqual([odd.has + 1])
      }
    }
    expect(thanked).toEqual([])
  })
})
