import { describe, expect, test } from 'bun:test'
import type { LeadOutcome } from '../api/leads.ts'
import { type FormEvent, type FormState, firstState, nextState } from './form-state.ts'

const after = (events: FormEvent[], from: FormState = firstState('')) => events.reduce(nextState, from)
const typed = (phone: string): FormEvent => ({ type: 'typed', phone })
const submitted = (key: string): FormEvent => ({ type: 'submitted', key })
const answered = (outcome: LeadOutcome): FormEvent => ({ type: 'answered', outcome })
const retried: FormEvent = { type: 'retried' }
const unavailable = answered({ kind: 'again', reason: 'unavailable' })

const typedPhone = '07700 900 123'
const sending = after([typed(typedPhone), submitted('k1')])

describe('submitting', () => {
  test('a whole phone is sent cleaned, while the field shows what was typed', () => {
    expect(sending).toEqual({
      name: 'sending',
      phone: typedPhone,
      sent: { phone: '07700900123', key: 'k1' },
      attempt: 1,
    })
  })

  test('an empty or broken phone is told at once, and what was typed stays', () => {
    expect(after([submitted('k1')])).toMatchObject({ name: 'invalid', problem: 'required' })
    expect(after([typed('0770'), submitted('k1')])).toMatchObject({
      name: 'invalid',
      phone: '0770',
      problem: 'invalid_phone',
    })
  })

  test('typing takes the error away', () => {
    expect(after([submitted('k1'), typed('0')])).toMatchObject({ name: 'idle', phone: '0' })
  })

  test('a second tap or a keystroke while sending changes nothing', () => {
    expect(after([submitted('k2'), typed('1')], sending)).toBe(sending)
  })
})

describe('the answer', () => {
  test('accepted is thanks, duplicate is duplicate', () => {
    expect(after([answered({ kind: 'accepted', id: 'a' })], sending)).toEqual({ name: 'thanks' })
    expect(after([answered({ kind: 'duplicate' })], sending)).toEqual({ name: 'duplicate' })
  })

  test('a refused phone is invalid in the words of the API', () => {
    expect(after([answered({ kind: 'refused', problem: 'use_plus_prefix' })], sending)).toMatchObject({
      name: 'invalid',
      phone: typedPhone,
      problem: 'use_plus_prefix',
    })
  })

  test('a rejected submission is not tried again by itself', () => {
    expect(after([answered({ kind: 'rejected' })], sending)).toMatchObject({
      name: 'failed',
      phone: typedPhone,
      obstacle: 'rejected',
    })
  })

  test('an answer that comes when nothing is under way is ignored', () => {
    const idle = firstState('')
    expect(after([answered({ kind: 'accepted', id: 'a' })], idle)).toBe(idle)
  })

  test('after thanks or duplicate the visitor may start again with an empty field', () => {
    expect(after([answered({ kind: 'duplicate' }), { type: 'restarted' }], sending)).toEqual(firstState(''))
  })
})

describe('trying again', () => {
  test('keeps what was typed and goes out with the same key', () => {
    const kept = after([unavailable], sending)
    expect(kept).toMatchObject({ name: 'kept', phone: typedPhone, obstacle: 'unavailable' })
    expect(after([retried], kept)).toMatchObject({ name: 'sending', sent: { key: 'k1' }, attempt: 2 })
  })

  test('by hand also goes out with the same key, however the same phone is written', () => {
    expect(after([unavailable, submitted('k2')], sending)).toMatchObject({ sent: { key: 'k1' } })
    expect(after([unavailable, typed('(07700) 900-123'), submitted('k2')], sending)).toMatchObject({
      sent: { key: 'k1' },
    })
  })

  test('with another phone is another submission, with another key', () => {
    expect(after([unavailable, typed('07700 900 124'), submitted('k2')], sending)).toMatchObject({
      sent: { phone: '07700900124', key: 'k2' },
    })
  })

  test('waits longer each time, and never less than the API asked for', () => {
    const waits: number[] = []
    let state: FormState = sending
    for (;;) {
      state = nextState(state, unavailable)
      if (state.name !== 'kept') break
      waits.push(state.waitMs)
      state = nextState(state, retried)
    }
    expect(waits.length).toBeGreaterThan(2)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(state).toMatchObject({ name: 'failed', phone: typedPhone, sent: { key: 'k1' } })
    const asked = answered({ kind: 'again', reason: 'rate_limited', waitMs: 40_000 })
    expect(after([asked], sending)).toMatchObject({ name: 'kept', waitMs: 40_000 })
  })

  test('is left to the visitor when the API asks for a long wait', () => {
    const asked = answered({ kind: 'again', reason: 'unavailable', waitMs: 3_600_000 })
    expect(after([asked], sending)).toMatchObject({ name: 'failed', obstacle: 'unavailable' })
  })

  test('never gives up while the device is offline', () => {
    const offline = answered({ kind: 'again', reason: 'offline' })
    const state = after(Array.from({ length: 50 }, () => [offline, retried]).flat(), sending)
    expect(state).toMatchObject({ name: 'sending', attempt: 1 })
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
