import { describe, expect, test } from 'bun:test'
import type { SourceFigure, SourcesReader } from '../../desk/sources.ts'
import type { Device } from '../../words/device.ts'

export type CountedLead = Readonly<{
  atMs: number
  attribution?: Readonly<Record<string, string>>
  firstTouch?: Readonly<Record<string, string>>
  language?: string
  device?: Device
  landing?: string
  suspect?: boolean
  duplicate?: boolean
}>
export type CountedVisit = Readonly<{
  atMs: number
  attribution?: Readonly<Record<string, string>>
  device?: Device
  /** Its address; `isOfPage` where the page stands there. */
  url?: string
  isOfPage?: boolean
  bot?: boolean
}>

export type SourcesStage = Readonly<{
  sources: SourcesReader
  /** Stores these as the line does; resolves with the ids of the leads. */
  leads(given: readonly CountedLead[]): Promise<string[]>
  visits(given: readonly CountedVisit[]): Promise<void>
  call(leadId: string, waitS: number): Promise<void>
  correct(leadId: string): Promise<void>
  release(leadId: string): Promise<void>
  /** Until everything is counted. */
  counted(): Promise<void>
}>

/** What everybody promises who tells where leads come from. `make` gives an empty store. */
export function sourcesContract(name: string, make: () => Promise<SourcesStage>) {
  const noon = Date.parse('2026-11-12T12:00Z')
  const day = { from: new Date('2026-11-12T00:00Z'), to: new Date('2026-11-13T00:00Z') }
  const google = { utm_source: 'google', utm_medium: 'cpc', utm_campaign: 'winter' }
  const sms = { utm_source: 'sms', utm_campaign: 'winter' }
  const plain = { suspects: 0, duplicates: 0, corrected: 0, called: 0, calledSoon: 0, medianWaitS: null }
  const byValue = (figures: readonly SourceFigure[]) =>
    Object.fromEntries(figures.map(({ value, ...figure }) => [value, figure]))

  describe(`where leads come from in ${name}`, () => {
    test('is counted by source, medium and campaign, without robots, and is nothing where nothing came', async () => {
      const { sources, leads, visits, counted } = await make()
      await visits([
        ...[1, 2, 3].map((n) => ({ atMs: noon + n, attribution: google })),
        { atMs: noon, attribution: google, bot: true },
        { atMs: noon, attribution: sms },
        { atMs: noon },
      ])
      await leads([
        { atMs: noon, attribution: google },
        { atMs: noon, attribution: sms },
        { atMs: noon, attribution: { referrer: 'https://www.bing.com/' } },
        { atMs: noon, attribution: { gclid: 'abc' } },
      ])
      await counted()
      const by = async (dimension: 'source' | 'medium' | 'campaign') => {
        const { figures } = await sources.read({ dimension, touch: 'last', ...day })
        return Object.fromEntries(
          figures.map(({ value, visits: seen, leads: found }) => [value, [seen, found]]),
        )
      }
      expect(await by('source')).toEqual({
        google: [3, 1],
        'google (click)': [0, 1],
        sms: [1, 1],
        'bing.com': [0, 1],
        '(none)': [1, 0],
      })
      expect(await by('medium')).toEqual({ cpc: [3, 2], referral: [0, 1], '(none)': [2, 1] })
      expect(await by('campaign')).toEqual({ winter: [4, 2], '(none)': [1, 2] })
      const before = { from: new Date('2026-11-11T00:00Z'), to: day.from }
      expect(await sources.read({ dimension: 'source', touch: 'last', ...before })).toMatchObject({
        figures: [],
        total: { visits: 0, leads: 0, medianWaitS: null },
      })
    })

    test('by the first touch are leads where it differs, beside the visits that came from there', async () => {
      const { sources, leads, visits, counted } = await make()
      await visits([{ atMs: noon, attribution: google }])
      await leads([
        { atMs: noon, attribution: sms, firstTouch: google },
        { atMs: noon, attribution: sms },
      ])
      await counted()
      const { figures } = await sources.read({ dimension: 'source', touch: 'first', ...day })
      expect(byValue(figures)).toEqual({
        google: { visits: 1, leads: 1, ...plain },
        sms: { visits: 0, leads: 1, ...plain },
      })
    })

    test('by device and by landing address stand visits beside their leads, whichever touch is asked for', async () => {
      const { sources, leads, visits, call, counted } = await make()
      await visits([
        ...[1, 2].map((n) => ({ atMs: noon + n, device: 'phone' as const, url: '/spring', isOfPage: true })),
        { atMs: noon, device: 'computer', url: '/fa', isOfPage: true },
        // What a stranger makes up is no place of ours.
        ...['/x', '/y'].map((url) => ({ atMs: noon, url, isOfPage: false })),
        { atMs: noon, url: '/of-a-version-before' },
      ])
      const [called] = await leads([
        { atMs: noon, device: 'phone', landing: '/spring', attribution: sms, firstTouch: google },
        { atMs: noon, device: 'phone', landing: '/spring', suspect: true },
        { atMs: noon },
      ])
      await call(called!, 60)
      await counted()
      for (const touch of ['last', 'first'] as const) {
        const of = async (dimension: 'device' | 'landing') =>
          byValue((await sources.read({ dimension, touch, ...day })).figures)
        const phone = { ...plain, visits: 2, leads: 1, suspects: 1, called: 1, calledSoon: 1 }
        const expected = { ...phone, medianWaitS: expect.any(Number) }
        expect(await of('device')).toEqual({
          ...{ phone: expected, computer: { ...plain, visits: 1, leads: 0 } },
          '(none)': { ...plain, visits: 3, leads: 1 },
        })
        expect(await of('landing')).toEqual({
          ...{ '/spring': expected, '/fa': { ...plain, visits: 1, leads: 0 } },
          '(none)': { ...plain, visits: 3, leads: 1 },
        })
      }
    })

    test('suspects, duplicates and who has sent another number are no leads, and one that is released is', async () => {
      const { sources, leads, correct, release, counted } = await make()
      const source = { attribution: sms, language: 'fa' }
      const [one, , released, wrong] = await leads([
        { atMs: noon, ...source },
        { atMs: noon, ...source, suspect: true },
        { atMs: noon, ...source, suspect: true },
        { atMs: noon, ...source, suspect: true },
        { atMs: noon, ...source, duplicate: true },
        { atMs: noon, ...source },
      ])
      await correct(one!)
      await counted()
      await release(released!)
      await correct(wrong!)
      await counted()
      for (const dimension of ['source', 'language'] as const) {
        const { figures, total } = await sources.read({ dimension, touch: 'last', ...day })
        const found = { ...plain, visits: 0, leads: 2, suspects: 1, duplicates: 1, corrected: 2 }
        expect(byValue(figures)).toEqual({ [dimension === 'source' ? 'sms' : 'fa']: found })
        expect(total).toEqual(found)
      }
    })

    test('a first call counts with its wait, where and when the lead came', async () => {
      const { sources, leads, call, counted } = await make()
      const ids = await leads([200, 100, 900].map((n) => ({ atMs: noon + n, attribution: google })))
      await leads([{ atMs: noon, attribution: sms }])
      for (const [index, waitS] of [120, 240, 7_200].entries()) await call(ids[index]!, waitS)
      await counted()
      const { figures, total } = await sources.read({ dimension: 'source', touch: 'last', ...day })
      expect(byValue(figures)).toMatchObject({
        google: { leads: 3, called: 3, calledSoon: 2 },
        sms: { leads: 1, called: 0, calledSoon: 0, medianWaitS: null },
      })
      // To a fifth.
      expect(figures[0]!.medianWaitS!).toBeGreaterThan(190)
      expect(figures[0]!.medianWaitS!).toBeLessThan(290)
      expect(total).toMatchObject({ leads: 4, called: 3, medianWaitS: figures[0]!.medianWaitS })
    })

    test('a range ends at the quarter of an hour, whole days between', async () => {
      const { sources, leads, counted } = await make()
      const minute = 60_000
      await leads([-1, 0, 14, 15].map((m) => ({ atMs: noon + m * minute, attribution: sms })))
      await leads([{ atMs: noon + 3 * 24 * 60 * minute, attribution: sms }])
      await counted()
      const many = async (from: string, to: string) => {
        const query = { dimension: 'source', touch: 'last', from: new Date(from), to: new Date(to) } as const
        return (await sources.read(query)).total.leads
      }
      expect(await many('2026-11-12T12:00Z', '2026-11-12T12:15Z')).toBe(2)
      expect(await many('2026-11-12T11:45Z', '2026-11-15T12:00Z')).toBe(4)
      expect(await many('2026-11-12T12:00Z', '2026-11-15T12:15Z')).toBe(4)
    })

    test('waits are told by the hour of the day in which their leads came, in a zone', async () => {
      const { sources, leads, call, counted } = await make()
      const day = 24 * 3_600_000
      const ids = await leads([0, 2 * day, day + 3_600_000].map((ms) => ({ atMs: noon + ms })))
      for (const [index, waitS] of [60, 240, 7_200].entries()) await call(ids[index]!, waitS)
      await counted()
      const from = new Date(noon - day)
      const found = await sources.speedByHour({ from, to: new Date(noon + 3 * day), timeZone: 'Asia/Tehran' })
      expect(found).toMatchObject([
        { hour: '15', called: 2, calledSoon: 2 },
        { hour: '16', called: 1, calledSoon: 0 },
      ])
      expect(found[1]!.medianWaitS!).toBeGreaterThan(5_700)
      const none = await sources.speedByHour({ from: new Date(0), to: from, timeZone: 'UTC' })
      expect(none).toEqual([])
    })

    test('over time every part of a range has its own, whole days and quarters, of all or of one', async () => {
      const { sources, leads, visits, counted } = await make()
      const hour = 3_600_000
      await visits([0, 1, 30].map((h) => ({ atMs: noon + h * hour, attribution: google })))
      await leads([
        { atMs: noon, attribution: google },
        { atMs: noon + 30 * hour, attribution: sms, firstTouch: google },
      ])
      await counted()
      const midnight = Date.parse('2026-11-11T20:30Z')
      const edges = [0, 24, 48, 72].map((h) => new Date(midnight + h * hour))
      const of = async (touch: 'last' | 'first', value?: string) =>
        (await sources.overTime({ dimension: 'source', touch, edges, ...(value && { value }) })).map(
          (point) => [point.visits, point.leads],
        )
      expect(await of('last')).toEqual([
        [2, 1],
        [1, 1],
        [0, 0],
      ])
      expect(await of('last', 'google')).toEqual([
        [2, 1],
        [1, 0],
        [0, 0],
      ])
      expect((await of('first', 'google'))[1]).toEqual([1, 1])
    })

    test('of what strangers write only so many are told apart, those with leads before others, and nothing is lost', async () => {
      const { sources, leads, visits, counted } = await make()
      await leads([{ atMs: noon, attribution: { utm_source: 'real' } }])
      await visits(
        Array.from({ length: 450 }, (_, n) => ({
          atMs: noon,
          attribution: { utm_source: `x${n}`.repeat(60) },
        })),
      )
      await counted()
      const { figures, total } = await sources.read({ dimension: 'source', touch: 'last', ...day })
      expect(figures.length).toBeLessThanOrEqual(202)
      expect(byValue(figures)).toMatchObject({ real: { leads: 1 }, '(other)': { leads: 0 } })
      expect(Math.max(...figures.map(({ value }) => value.length))).toBe(100)
      expect(total).toMatchObject({ visits: 450, leads: 1 })
    })
  })
}
