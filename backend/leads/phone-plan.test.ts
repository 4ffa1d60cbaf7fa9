import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { homePlanOf, planOf } from './phone-plan.ts'

const regions = getCountries()
const typed = fc.record({
  region: fc.constantFrom(...regions),
  digits: fc.stringMatching(/^[0-9]{4,12}$/),
  before: fc.constantFrom('', 'trunk', 'plus'),
})

test('what is read without the library, it would have read the same', () => {
  let quick = 0
  fc.assert(
    fc.property(typed, ({ region, digits, before }) => {
      const { plan, trunk, plainNumber } = homePlanOf(region)
      const text = { '': digits, trunk: trunk + digits, plus: `+${plan.code}${digits}` }[before]
      // 49 151 … may be Germany's code: that is looked at before.
      if (trunk !== '' && text.startsWith(plan.code)) return
      const [, national] = plainNumber.exec(text) ?? []
      if (national === undefined) return
      quick++
      const read = parsePhoneNumberFromString(text, region)
      expect([read?.number, read?.isValid()]).toEqual([`+${plan.code}${national}`, true])
    }),
    { numRuns: 5_000 },
  )
  expect(quick).toBeGreaterThan(100)
})

test('a number is in use when the library says so', () => {
  fc.assert(
    fc.property(typed, ({ region, digits }) => {
      const { plan } = homePlanOf(region)
      const read = parsePhoneNumberFromString(`+${plan.code}${digits}`)
      if (read) expect(planOf(read.countryCallingCode).isValid(read.nationalNumber)).toBe(read.isValid())
    }),
    { numRuns: 2_000 },
  )
})
