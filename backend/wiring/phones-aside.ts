import type { WithoutPhones } from '../events/event.ts'
import type { Assignments } from '../experiments/assign.ts'
import type { KeyedHash } from '../keyed-hash.ts'
import { type Attribution, attributionLengthMax, cleanText, readAttribution } from '../leads/attribution.ts'
import { mayBePhone } from '../leads/phone-readings.ts'
import { holdsPhoneInUse, type IsPhone, maskedStart, maskPhonesInUse } from '../leads/written-phones.ts'

/** What keeps phones out of all that is kept of visitors: events are read by many, and for long. */
export type PhonesAside = WithoutPhones &
  Readonly<{
    /** Where a visitor came from. The campaign of a lead itself stands with the lead, as it came. */
    attribution(fields: Readonly<Record<string, unknown>>): Attribution | undefined
    /** The same assignments, for visitors of any name. */
    assignments(store: Assignments): Assignments
  }>

const largestOfNine = 999_999_999
const digitsMin = 10
/** What is told of an amount that may be a phone. */
const digitsKept = 3

export function phonesAside(defaultRegion: string | undefined, keyedHash: KeyedHash): PhonesAside {
  const isPhone: IsPhone = (digits) => mayBePhone(digits, defaultRegion)
  const inUse = (text: string) => maskPhonesInUse(text, isPhone)
  // Told apart as before, and found out by nobody.
  const visitorId = (id: string) => (holdsPhoneInUse(id, isPhone) ? keyedHash(`visitor:${id}`) : id)
  return {
    text: maskedStart,
    visitorId,
    value(value) {
      if (Number.isInteger(value) && Math.abs(value) <= largestOfNine) return value
      const digits = String(Math.abs(value)).replace('.', '').replace(/^0+/, '')
      return digits.length >= digitsMin && isPhone(digits) ? Number(value.toPrecision(digitsKept)) : value
    },
    attribution(fields) {
      const found = readAttribution(fields)
      if (found === undefined) return undefined
      const kept = Object.keys(found).map((name) => {
        const lengthMax = attributionLengthMax(name)
        return [name, cleanText(maskedStart(String(fields[name]), lengthMax, inUse), lengthMax)]
      })
      return Object.fromEntries(kept)
    },
    assignments: (store) => ({
      keep: (visitor, wanted, mayWrite) => store.keep(visitorId(visitor), wanted, mayWrite),
    }),
  }
}
