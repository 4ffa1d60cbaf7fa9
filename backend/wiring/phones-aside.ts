import type { WithoutPhones } from '../events/event.ts'
import type { Assignments } from '../experiments/assign.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { type Attribution, attributionLengthMax, cleanText, readAttribution } from '../leads/attribution.ts'
import { mayBePhone } from '../leads/phone-readings.ts'
import {
  holdsPhoneInUse,
  type IsPhone,
  maskedStart,
  maskPhones,
  maskPhonesInUse,
} from '../leads/written-phones.ts'

/** What keeps phones out of all that is kept of visitors: events are read by many, and for long. */
export type PhonesAside = WithoutPhones &
  Readonly<{
    /** Where a visitor came from. The campaign of a lead itself stands with the lead, as it came. */
    attribution(fields: Readonly<Record<string, unknown>>): Attribution | undefined
    /** The same assignments, for visitors of any name. */
    assignments(store: Assignments): Assignments
  }>

// What is told of an amount that has as many digits as a phone: enough for what is counted of it.
const digitsOfLarge = 3
const digitsOfFraction = 6
const largeFrom = 1e9
const largestToThousandth = 1e6
const phoneDigitsLeast = 10
// Clients name visitors by the second, too.
const moment = /^1[4-9][0-9]{8}$/
const longestAtHome = 12

export function phonesAside(defaultRegion: string | undefined, keyedHash: KeyedHash): PhonesAside {
  const isPhone: IsPhone = (digits) => mayBePhone(digits, defaultRegion)
  const inUse = (text: string) => maskPhonesInUse(text, isPhone)
  // A hash tells visitors apart as well as a number, so that there all count that could be dialled in some country.
  const mayBeDialled: IsPhone = (digits) =>
    isPhone(digits) || (digits.length <= longestAtHome && !moment.test(digits))
  const visitorId = (id: string) => (holdsPhoneInUse(id, mayBeDialled) ? keyedHash(`visitor:${id}`) : id)
  return {
    text: maskedStart,
    visitorId,
    value(value) {
      if (Math.abs(value) >= largeFrom) return Number(value.toPrecision(digitsOfLarge))
      // Nine digits at most, as nearly every one that is measured.
      if (
        Number.isInteger(value) ||
        (Math.abs(value) < largestToThousandth && Number.isInteger(value * 1_000))
      )
        return value
      const digits = String(Math.abs(value)).replace('.', '').replace(/^0+/, '')
      return digits.length < phoneDigitsLeast ? value : Number(value.toPrecision(digitsOfFraction))
    },
    attribution(fields) {
      const found = readAttribution(fields)
      if (found === undefined) return undefined
      const kept = Object.keys(found).map((name) => {
        const lengthMax = attributionLengthMax(name)
        // Nothing in a referrer names a campaign of ours.
        const mask = name === 'referrer' ? maskPhones : inUse
        return [name, cleanText(maskedStart(String(fields[name]), lengthMax, mask), lengthMax)]
      })
      return Object.fromEntries(kept)
    },
    assignments: (store) => ({
      keep: (visitor, wanted, mayWrite) => store.keep(visitorId(visitor), wanted, mayWrite),
    }),
  }
}
