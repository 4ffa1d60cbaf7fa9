import { describe, expect, test } from 'bun:test'
import type { Submission } from '../../api/leads.ts'
import type { Ending } from '../../outbox/kept.ts'
import type { News } from '../../outbox/outbox.ts'
import { type FormEvent, type FormState, firstState, nextState } from './form-state.ts'
import type { Told } from './told.ts'

const after = (events: FormEvent[], from: FormState = firstState('')) => events.reduce(nextState, from)
const fields = { language: 'en' }
const typed = (phone: string): FormEvent => ({ type: 'typed', phone })
const submitted = (key: string, lacksConsent = false): FormEvent => ({
  type: 'submitted',
  key,
  fields,
  lacksConsent,
})
const heard = (news: News, key = 'k1'): FormEvent => ({ type: 'heard', key, news })
const ended = (ending: Ending) => heard({ kind: 'ended', ending })
const keptNews = { kind: 'kept', setback: 'unavailable', waitMs: 2_000, onDevice: true } as const

const typedPhone = '07700 900 123'
const submission: Submission = { phone: '07700900123', key: 'k1', fields }
const told: Told = { name: 'thanks', shown: typedPhone, phone: '07700900123', key: 'k1' }
const sending = after([typed(typedPhone), submitted('k1')])
const kept = after([heard(keptNews)], sending)

describe('submitting', () => {
  test('a whole phone is sent cleaned, while the field shows what was typed', () => {
    expect(sending).toEqual({ name: 'sending', phone: typedPhone, sent: submission, isAsked: true })
  })

  test('an empty or broken phone is told at once, and what was typed stays', () => {
    expect(after([submitted('k1')])).toMatchObject({ name: 'invalid', problem: 'required' })
    expect(after([typed('0770'), submitted('k1')])).toMatchObject({
      name: 'invalid',
      phone: '0770',
      problem: 'invalid_phone',
    })
  })

  test('without the consent that was asked for is told after the phone is right', () => {
    expect(after([submitted('k1', true)])).toMatchObject({ name: 'invalid', problem: 'required' })
    expect(after([typed(typedPhone), submitted('k1', true)])).toMatchObject({
      name: 'invalid',
      phone: typedPhone,
      problem: 'consent_required',
    })
  })

  test('ticking the box takes its complaint away, and no other', () => {
    const lacking = after([typed(typedPhone), submitted('k1', true)])
    expect(after([{ type: 'ticked' }], lacking)).toMatchObject({ name: 'idle', phone: typedPhone })
    expect(after([submitted('k1'), { type: 'ticked' }])).toMatchObject({ problem: 'required' })
    expect(after([{ type: 'ticked' }], kept)).toBe(kept)
  })

  test('typing takes the error away', () => {
    expect(after([submitted('k1'), typed('0')])).toMatchObject({ name: 'idle', phone: '0' })
  })

  test('a second tap or a keystroke while sending changes nothing', () => {
    expect(after([submitted('k2'), typed('1')], sending)).toBe(sending)
  })
})

describe('a number that may lack a digit', () => {
  const plan = {
    shortest: 7,
    code: '44',
    trunk: '0',
    possible: [7, 9, 10],
    lengths: { 10: '7', '9,10': '12' },
  }
  const asks = (key: string, lacksConsent = false): FormEvent => ({
    type: 'submitted',
    key,
    fields,
    lacksConsent,
    plan,
  })
  const short = '0770 090 012'
  const asked = after([typed(short), asks('k1')])

  test('is asked about, and sent when it is submitted again', () => {
    expect(asked).toMatchObject({ name: 'odd', phone: short, odd: { has: 10, should: [11] } })
    expect(after([asks('k2')], asked)).toMatchObject({
      name: 'sending',
      sent: { phone: '0770090012', key: 'k2' },
    })
  })

  test('is asked about once: not when it is sent again, nor after a refusal', () => {
    const refused = after([asks('k2'), heard({ kind: 'ended', ending: { kind: 'rejected' } }, 'k2')], asked)
    expect(after([asks('k3')], refused)).toMatchObject({ name: 'sending', sent: { key: 'k2' } })
  })

  test('is asked about anew when it is another', () => {
    expect(after([typed('0770 090 01'), typed('0770 090 013'), asks('k2')], asked)).toMatchObject({
      name: 'odd',
    })
    expect(after([typed(typedPhone), asks('k2')], asked)).toMatchObject({ name: 'sending' })
  })

  test('is asked about after the consent, so that the second tap sends', () => {
    const lacking = after([typed(short), asks('k1', true)])
    expect(lacking).toMatchObject({ name: 'invalid', problem: 'consent_required' })
    expect(after([{ type: 'ticked' }, asks('k1')], lacking)).toMatchObject({ name: 'odd' })
  })

  test.each([
    ['+44 7700 90012', [12], 11],
    ['01204 5', undefined, 0],
    ['01204 52311', undefined, 0],
    ['+33 612 34 56 7', undefined, 0],
    ['0800 FLOWERS', undefined, 0],
  ])('%s: %j', (number, should, has) => {
    const state = after([typed(number), asks('k1')])
    if (should) expect(state).toMatchObject({ name: 'odd', odd: { should, has } })
    else expect(state.name).not.toBe('odd')
  })
})

describe('what becomes of it', () => {
  test('accepted is thanks, duplicate is duplicate', () => {
    expect(after([ended({ kind: 'accepted', id: 'a' })], sending)).toEqual({ name: 'thanks', told })
    const duplicate = { ...told, name: 'duplicate' } as const
    expect(after([ended({ kind: 'duplicate' })], sending)).toEqual({ name: 'duplicate', told: duplicate })
  })

  test('a refused phone is invalid in the words of the API', () => {
    expect(after([ended({ kind: 'refused', problem: 'use_plus_prefix' })], sending)).toMatchObject({
      name: 'invalid',
      phone: typedPhone,
      problem: 'use_plus_prefix',
    })
  })

  test('a rejected or expired submission waits for the visitor, with what was typed', () => {
    for (const kind of ['rejected', 'expired'] as const)
      expect(after([ended({ kind })], sending)).toMatchObject({
        name: 'failed',
        phone: typedPhone,
        obstacle: kind,
      })
  })

  test('not through yet is told, and so is each new attempt', () => {
    const { kind: name, ...how } = keptNews
    expect(kept).toEqual({ name, ...how, phone: typedPhone, sent: submission } as FormState)
    expect(after([heard({ kind: 'sending' })], kept)).toMatchObject({ name: 'sending', isAsked: false })
  })

  test('of another submission changes nothing here', () => {
    const other = heard({ kind: 'ended', ending: { kind: 'duplicate' } }, 'k2')
    expect(after([other], sending)).toBe(sending)
    expect(after([other])).toEqual(firstState(''))
  })

  test('a submission that was corrected in another tab leaves an empty form here', () => {
    expect(after([ended({ kind: 'replaced' })], kept)).toEqual(firstState(''))
  })

  test('after thanks or duplicate the visitor may start again with an empty field', () => {
    expect(after([ended({ kind: 'duplicate' }), { type: 'restarted' }], sending)).toEqual(firstState(''))
  })
})

describe('sending again', () => {
  test('by hand goes out with the same key, however the same phone is written', () => {
    expect(after([submitted('k2')], kept)).toMatchObject({ sent: { key: 'k1' }, isAsked: true })
    const spelled = after([typed('(07700) 900-123'), submitted('k2')], kept)
    expect(spelled).toMatchObject({ sent: { key: 'k1' }, replaces: undefined })
  })

  test('with another phone is another submission that replaces the first', () => {
    expect(after([typed('07700 900 124'), submitted('k2')], kept)).toMatchObject({
      sent: { phone: '07700900124', key: 'k2' },
      replaces: 'k1',
    })
  })

  test('news do not take a correction out of the hands of the visitor', () => {
    const correcting = after([typed('07700 900 12')], kept)
    expect(after([heard({ kind: 'sending' }), heard(keptNews)], correcting)).toBe(correcting)
    const through = after([ended({ kind: 'accepted', id: 'a' })], correcting)
    // It is the first that the correction takes the place of now.
    expect(through).toEqual({ name: 'idle', phone: '07700 900 12', was: told })
    expect(after([ended({ kind: 'rejected' })], correcting)).toEqual({ name: 'idle', phone: '07700 900 12' })
    const samePhone = after([typed('07700900123'), ended({ kind: 'accepted', id: 'a' })], kept)
    expect(samePhone).toMatchObject({ name: 'thanks', told: { shown: '07700900123' } })
  })
})

describe('a number that the API has', () => {
  const thanks = after([ended({ kind: 'accepted', id: 'a' })], sending)
  const changing = after([{ type: 'changing' }], thanks)
  const corrects = [{ phone: '07700900123', key: 'k1' }]

  test('can be changed: then the new one names the first by its key', () => {
    expect(changing).toEqual({ name: 'idle', phone: typedPhone, was: told })
    expect(after([typed('07700 900 124'), submitted('k2')], changing)).toMatchObject({
      name: 'sending',
      sent: { phone: '07700900124', key: 'k2', fields: { ...fields, corrects } },
      replaces: undefined,
    })
  })

  test('and is not sent again where it was not changed after all', () => {
    expect(after([submitted('k2')], changing)).toEqual(thanks)
    expect(after([typed('(07700) 900123'), submitted('k2')], changing)).toEqual(thanks)
  })

  test('is named as well by a second correction, and with those before it, of which the last three count', () => {
    let state = after([typed('07700 900 124'), submitted('k2'), heard(keptNews, 'k2')], changing)
    for (const last of [5, 6, 7]) {
      const { sent } = state as { sent: Submission }
      state = after([typed(`07700 900 12${last}`), submitted(`k${last}`)], state)
      expect(state).toMatchObject({ replaces: sent.key })
      state = after([heard(keptNews, `k${last}`)], state)
    }
    expect((state as { sent: Submission }).sent.fields.corrects).toEqual([
      { phone: '07700900124', key: 'k2' },
      { phone: '07700900125', key: 'k5' },
      { phone: '07700900126', key: 'k6' },
    ])
    // Sent again it still says the same.
    expect(after([submitted('k9')], state)).toMatchObject({ sent: (state as { sent: Submission }).sent })
  })

  test('is shown by the next page, unless something else is being typed, which then takes its place', () => {
    const remembered = { type: 'remembered', told } as const
    expect(after([remembered])).toEqual(thanks)
    expect(after([typed('07700900123'), remembered])).toEqual(thanks)
    expect(after([typed('0770'), remembered])).toEqual({ name: 'idle', phone: '0770', was: told })
    expect(after([remembered], kept)).toBe(kept)
  })

  test('and another can be sent beside it', () => {
    expect(after([{ type: 'restarted' }], thanks)).toEqual(firstState(''))
    expect(after([{ type: 'changing' }], firstState('?thanks=1'))).toEqual(firstState(''))
  })
})

describe('what an earlier page left on the device', () => {
  const found = (news: News, draft?: string): FormEvent => ({ type: 'found', submission, news, draft })

  test('is shown as it stands', () => {
    expect(after([found({ kind: 'sending' })])).toMatchObject({ name: 'sending', isAsked: false })
    expect(after([found(keptNews)])).toMatchObject({ name: 'kept', phone: typedPhone })
    expect(after([found({ kind: 'ended', ending: { kind: 'expired' } })])).toMatchObject({
      name: 'failed',
      obstacle: 'expired',
      phone: typedPhone,
    })
  })

  test('gives way to a correction that was being typed', () => {
    const state = after([found(keptNews, '07700 900 1')])
    expect(state).toEqual({ name: 'idle', phone: '07700 900 1', sent: submission })
  })

  test('does not hide an answer that the API has just given', () => {
    expect(after([found(keptNews)], firstState('?thanks=1'))).toEqual({ name: 'thanks' })
  })
})

describe('a form that was posted without JavaScript comes back with its answer in the address', () => {
  const answers: [string, unknown][] = [
    ['', { name: 'idle', phone: '' }],
    ['?utm_source=radio', { name: 'idle', phone: '' }],
    ['?thanks=1', { name: 'thanks' }],
    ['?duplicate=1', { name: 'duplicate' }],
    ['?error=invalid_phone', { name: 'invalid', phone: '', problem: 'invalid_phone' }],
    ['?error=rate_limited', { name: 'failed', phone: '', obstacle: 'rate_limited' }],
    ['?error=<script>', { name: 'failed', phone: '', obstacle: 'rejected' }],
  ]
  for (const [search, state] of answers)
    test(search || 'no answer', () => expect(firstState(search)).toEqual(state as FormState))
})
