import { describe, expect, test } from 'bun:test'
import { InvalidFields } from '../problem.ts'
import type { CountRow, StatsReader, VitalRow } from './ports.ts'
import type { Span } from './span.ts'
import { readStats, readStatsQuery } from './stats.ts'

const row = (
  variant: string,
  eventType: string,
  events: number,
  visitors: number,
  { bot = false, converted = 0 } = {},
): CountRow => ({
  experiment: 'hero',
  variant,
  eventType,
  bot,
  events,
  visitors,
  converted,
})

const counts = [
  row('a', 'exposure', 100, 100, { converted: 10 }),
  row('a', 'page_view', 150, 100),
  row('a', 'form_submit', 12, 11),
  row('b', 'exposure', 100, 100, { converted: 20 }),
  row('b', 'form_submit', 25, 20),
  row('b', 'page_view', 7, 7, { bot: true }),
  row('', 'form_submit', 3, 3),
]

function makeReader(vitals: readonly VitalRow[] = []) {
  const asked: { experiments: readonly string[]; spans: readonly Span[] }[] = []
  const reader: StatsReader = {
    async counts(experiments, spans) {
      asked.push({ experiments, spans })
      return counts
    },
    vitals: async () => vitals,
  }
  return {
    deps: {
      reader,
      firstExperiment: () => 'hero',
      isCounted: (name: string) => ['hero', 'price'].includes(name),
    },
    asked,
  }
}

describe('results', () => {
  test('have the totals by variant and by type, and each with each', async () => {
    const stats = await readStats(makeReader().deps, {})
    expect(stats.total).toBe(390)
    expect(stats.totalsByVariant).toEqual([
      { variant: '', count: 3 },
      { variant: 'a', count: 262 },
      { variant: 'b', count: 125 },
    ])
    expect(stats.totalsByEventType).toEqual([
      { event_type: 'exposure', count: 200 },
      { event_type: 'form_submit', count: 40 },
      { event_type: 'page_view', count: 150 },
    ])
    expect(stats.variantEventBreakdown).toContainEqual({
      variant: 'b',
      event_type: 'form_submit',
      count: 25,
      visitors: 20,
    })
  })

  test('tell how many of those exposed converted, within which bounds', async () => {
    const { conversion } = await readStats(makeReader().deps, {})
    expect(conversion).toEqual([
      {
        variant: '',
        page_views: 0,
        form_submits: 3,
        exposed: 0,
        converted: 0,
        conversion_rate: null,
        interval: null,
      },
      {
        variant: 'a',
        page_views: 150,
        form_submits: 12,
        exposed: 100,
        converted: 10,
        conversion_rate: 10,
        interval: [5.52, 17.44],
      },
      {
        variant: 'b',
        page_views: 0,
        form_submits: 25,
        exposed: 100,
        converted: 20,
        conversion_rate: 20,
        interval: [13.34, 28.88],
      },
    ])
  })

  test('leave robots out and count them as filtered', async () => {
    const stats = await readStats(makeReader().deps, { variant: 'b' })
    expect(stats.filtered).toEqual({ bots: 7 })
    expect(stats.total).toBe(125)
  })

  test('of one variant and one type are of those alone, with the conversion all the same', async () => {
    const stats = await readStats(makeReader().deps, { variant: 'a', eventType: 'page_view' })
    expect(stats.total).toBe(150)
    expect(stats.conversion.map(({ variant, converted }) => [variant, converted])).toEqual([['a', 10]])
  })

  test('of no named experiment are those of the first, and of visitors in none', async () => {
    const { deps, asked } = makeReader()
    await readStats(deps, {})
    await readStats(deps, { experiment: 'price' })
    expect(asked.map(({ experiments }) => experiments)).toEqual([['hero', ''], ['price']])
  })

  test('of web vitals are the 75th percentile, layout shift without a unit', async () => {
    const buckets = (at: number) => Array.from({ length: 64 }, (_, index) => (index === at ? 8 : 0))
    const vitals = [
      { experiment: 'hero', variant: 'a', eventType: 'web_vital_cls', buckets: buckets(26) },
      { experiment: 'hero', variant: 'a', eventType: 'web_vital_lcp', buckets: buckets(41) },
    ]
    const { webVitals } = await readStats(makeReader(vitals).deps, {})
    expect(webVitals).toEqual([
      { variant: 'a', vital: 'cls', count: 8, p75: 0.109 },
      { variant: 'a', vital: 'lcp', count: 8, p75: 1685 },
    ])
  })
})

describe('a query', () => {
  test('is read in any case, and what is empty is not asked', () => {
    expect(readStatsQuery({ variant: 'B', event_type: '', from: '2026-11-01' })).toEqual({
      variant: 'b',
      from: new Date('2026-11-01'),
    })
  })

  test('that breaks rules is told which', () => {
    const given = { experiment: 'a b', from: 'yesterday', to: '2026-11-01T00:00:00Z' }
    expect(() => readStatsQuery(given)).toThrow(InvalidFields)
    try {
      readStatsQuery(given)
    } catch (error) {
      expect((error as InvalidFields).fields).toEqual({ experiment: ['invalid'], from: ['invalid'] })
    }
    expect(() => readStatsQuery({ from: '2026-11-02', to: '2026-11-01' })).toThrow('invalid fields: to')
  })

  test.each([
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-11-01T10:30', '2026-11-01T10:30:00.000Z'],
    ['2026-11-01T10:30:15.5', '2026-11-01T10:30:15.500Z'],
    ['2026-11-01t10:30:15z', '2026-11-01T10:30:15.000Z'],
    ['2026-11-01T10:30+03:30', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01T10:30:00-0800', '2026-11-01T18:30:00.000Z'],
  ])('from %p is from %p, wherever the server stands', (from, moment) => {
    expect(readStatsQuery({ from }).from?.toISOString()).toBe(moment)
  })

  test.each([
    '2026-02-31',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-11-00',
    '2026-11-01T24:00',
    '2026-11-01T10:60',
    '2026-11-01T10',
    '2026-11-01 10:30',
    '2026-11-01T10:30+3',
    '2026-11-01x',
    '1762000000',
  ])('%p is no moment', (from) => {
    expect(() => readStatsQuery({ from })).toThrow('invalid fields: from')
  })

  test.each(['other', '__proto__', 'constructor'])(
    'of %p, which nobody made, is told so',
    async (experiment) => {
      const asking = readStats(makeReader().deps, readStatsQuery({ experiment }))
      expect(await asking.catch((error: InvalidFields) => error.fields)).toEqual({ experiment: ['unknown'] })
    },
  )
})
