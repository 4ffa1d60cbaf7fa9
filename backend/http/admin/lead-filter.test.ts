import { expect, test } from 'bun:test'
import { soughtPhone } from '../../leads/phone.ts'
import { InvalidFields } from '../../problem.ts'
import { readFilter } from './lead-filter.ts'

// There the first of December has begun half an hour before.
const asker = { id: crypto.randomUUID(), nowMs: Date.parse('2026-11-30T21:00Z'), timeZone: 'Asia/Tehran' }
const spanOf = (sent: Readonly<Record<string, string>>) => {
  const { since, until } = readFilter(sent, () => undefined, asker)
  return [since?.toISOString(), until?.toISOString()]
}

test.each([
  [{ since: '0d' }, ['2026-11-30T20:30:00.000Z', undefined]],
  [{ since: '7d' }, ['2026-11-23T20:30:00.000Z', undefined]],
  [{ since: '2026-11-30', until: '2026-12-01' }, ['2026-11-29T20:30:00.000Z', '2026-11-30T20:30:00.000Z']],
  [{ since: '2026-11-30T08:15:00Z' }, ['2026-11-30T08:15:00.000Z', undefined]],
  [{}, [undefined, undefined]],
] as const)('days of a view begin where the firm is: %j', (sent, span) => {
  expect(spanOf(sent)).toEqual([...span])
})

test('a part that there is not is refused: without it the view would be of all', () => {
  expect(() => spanOf({ stat: 'new' })).toThrow(new InvalidFields({ stat: ['unknown'] }))
})

test.each(['2026-02-31', 'yesterday', '7 d'])('%p is no moment', (since) => {
  expect(() => spanOf({ since })).toThrow(InvalidFields)
})

const hashed = (text: string) => `of ${text}`
const soughtBy = (q: string, region?: string) => {
  const { phoneKey, lastDigits } = readFilter({ q }, (typed) => soughtPhone(hashed, typed, region), asker)
  return phoneKey ?? lastDigits
}

test.each(['2233', '۲۲۳۳', '\u200e22 33', '••• 2233', '***2233', '(22)33', '22–33', '22/33'])(
  'a phone is found by its last digits, also as the list shows them: %p',
  (typed) => {
    expect(soughtBy(typed)).toBe('2233')
  },
)

test.each(['+98 912 111 2233', '0098912 1112233', 'tel:+98-912-111-2233', '۰۰۹۸۹۱۲۱۱۱۲۲۳۳'])(
  'a phone with the code of its country is that one: %p',
  (typed) => {
    expect(soughtBy(typed)).toBe('of phone:+989121112233')
    expect(soughtBy(typed, 'IR')).toBe('of phone:+989121112233')
  },
)

test.each(['0912 111 2233', '۰۹۱۲-۱۱۱-۲۲۳۳', '9121112233', '٠٩١٢١١١٢٢٣٣'])(
  'a phone as it is dialled at home is found without a region, too: %p',
  (typed) => {
    expect(soughtBy(typed)).toBe('9121112233')
    expect(soughtBy(typed, 'IR')).toBe('of phone:+989121112233')
  },
)

test.each(['223', 'Ann', '+982233', '2233#', ''])('%p is no phone that can be looked for', (typed) => {
  expect(() => soughtBy(typed)).toThrow(new InvalidFields({ q: ['invalid'] }))
})
