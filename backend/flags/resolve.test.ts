import { describe, expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import { flagDefinitions, flagKeys } from './definitions.ts'
import { isPartial, resolveFlags } from './resolve.ts'
import { defaultSetting, type FlagSettings, readFlagSetting } from './setting.ts'

const visitors = Array.from({ length: 20_000 }, (_, index) => `visitor-${index}`)
const defaults = Object.fromEntries(flagKeys.map((key) => [key, flagDefinitions[key].default])) as ReturnType<
  typeof resolveFlags
>
const consent = (rolloutPercent: number, killed = false): FlagSettings => ({
  consent_checkbox: { value: true, rolloutPercent, killed },
})
const hasConsent = (settings: FlagSettings, visitor?: string) =>
  resolveFlags(settings, visitor).consent_checkbox

describe('flags of a visitor', () => {
  test('are the compiled-in defaults while nobody has changed any', () => {
    expect(resolveFlags({}, 'visitor-1')).toEqual(defaults)
  })

  test('are what an operator set, for everybody at 100 percent, known or not', () => {
    expect(hasConsent(consent(100), 'visitor-1')).toBe(true)
    expect(hasConsent(consent(100))).toBe(true)
    expect(hasConsent(consent(0), 'visitor-1')).toBe(false)
  })

  test('reach the share of visitors that is asked for, and the same ones every time', () => {
    const settings = consent(30)
    const having = visitors.filter((visitor) => hasConsent(settings, visitor))
    // Three standard deviations of 20,000 draws.
    expect(Math.abs(having.length - 6_000)).toBeLessThan(3 * Math.sqrt(20_000 * 0.3 * 0.7))
    expect(visitors.filter((visitor) => hasConsent(settings, visitor))).toEqual(having)
  })

  test('stay with those who have them while the roll-out grows', () => {
    for (const visitor of visitors.slice(0, 2_000))
      if (hasConsent(consent(10), visitor)) expect(hasConsent(consent(11), visitor)).toBe(true)
  })

  test('reach other visitors for another flag', () => {
    const both: FlagSettings = { ...consent(50), film: { value: false, rolloutPercent: 50, killed: false } }
    const together = visitors.filter((visitor) => {
      const { consent_checkbox, film } = resolveFlags(both, visitor)
      return consent_checkbox && !film
    })
    expect(Math.abs(together.length - 5_000)).toBeLessThan(3 * Math.sqrt(20_000 * 0.25 * 0.75))
  })

  test('without a visitor, stay at the default where only a part of the visitors has them', () => {
    expect(hasConsent(consent(99.9))).toBe(false)
  })

  test('are back at the default at once when killed, or when the row holds what the flag cannot be', () => {
    expect(hasConsent(consent(100, true), 'visitor-1')).toBe(false)
    const wrong = { film: { value: 'no', rolloutPercent: 100, killed: false } }
    expect(resolveFlags(wrong, 'visitor-1')).toEqual(defaults)
  })
})

test('visitors differ in a flag only while it is rolled out to a part of them', () => {
  expect([0, 0.1, 99.9, 100].map((percent) => isPartial(consent(percent), 'consent_checkbox'))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(isPartial(consent(50, true), 'consent_checkbox')).toBe(false)
  expect(isPartial({}, 'consent_checkbox')).toBe(false)
  expect(isPartial({ film: { value: true, rolloutPercent: 50, killed: false } }, 'film')).toBe(false)
})

describe('what an operator sends for a flag', () => {
  const faultsOf = (...args: Parameters<typeof readFlagSetting>) => {
    try {
      return readFlagSetting(...args)
    } catch (error) {
      if (error instanceof InvalidFields) return error.fields
      throw error
    }
  }

  test('changes only what it names', () => {
    const kept = { value: true, rolloutPercent: 10, killed: true }
    expect(readFlagSetting('film', { rollout_percent: 20 }, kept)).toEqual({ ...kept, rolloutPercent: 20 })
    expect(readFlagSetting('film', { killed: true })).toEqual({ ...defaultSetting('film'), killed: true })
  })

  test.each([
    ['film', {}, { body: ['required'] }],
    ['film', 'text', { body: ['not_an_object'] }],
    ['film', [], { body: ['not_an_object'] }],
    ['film', { value: 'yes' }, { value: ['not_a_boolean'] }],
    ['notice', { value: true }, { value: ['not_a_string'] }],
    ['notice', { value: 'a'.repeat(501) }, { value: ['too_long'] }],
    ['notice', { value: 'a\0b' }, { value: ['invalid'] }],
    ['notice', { value: '\ud800' }, { value: ['invalid'] }],
    ['web_vitals_percent', { value: '5' }, { value: ['not_a_number'] }],
    ['web_vitals_percent', { value: 101 }, { value: ['out_of_range'] }],
    ['proof_of_work_difficulty', { value: 16.5 }, { value: ['out_of_range'] }],
    ['film', { rollout_percent: 101 }, { rollout_percent: ['out_of_range'] }],
    ['film', { rollout_percent: null }, { rollout_percent: ['out_of_range'] }],
    ['film', { killed: 0 }, { killed: ['not_a_boolean'] }],
    ['film', { enabled: true, killed: 0 }, { enabled: ['unknown'], killed: ['not_a_boolean'] }],
  ] as const)('is refused field by field: %s %j', (key, body, faults) => {
    expect(faultsOf(key, body)).toEqual(faults as never)
  })
})
