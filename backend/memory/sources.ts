import {
  noValue,
  otherValues,
  type SourceDimension,
  type SourceFigure,
  type SourcesReader,
  soonS,
  sourceDimensions,
  type Touch,
  valueLengthMax,
  valuesMax,
  waitUnitS,
} from '../desk/sources.ts'
import { spansBetween } from '../events/span.ts'
import { bucketBase, bucketCount, percentileOf } from '../events/vitals.ts'

type Attribution = Readonly<Record<string, string>>
export type Told = Readonly<{
  atMs: number
  what: 'visited' | 'lead' | 'suspect' | 'duplicate' | 'corrected' | 'called'
  change?: number
  attribution?: Attribution | undefined
  firstTouch?: Attribution | undefined
  language?: string | undefined
  device?: string | undefined
  landing?: string | undefined
  waitS?: number
}>

/** What was told, counted whenever somebody reads. */
export function memorySources() {
  const told: Told[] = []
  const known = new Map<string, Set<string>>()

  function admit(dimension: string, fresh: readonly Told[], valueIn: (each: Told) => string): void {
    const values = known.get(dimension) ?? new Set()
    known.set(dimension, values)
    const leadsFirst = fresh.toSorted(
      (one, other) => Number(one.what === 'visited') - Number(other.what === 'visited'),
    )
    for (const each of leadsFirst) if (values.size < valuesMax) values.add(valueIn(each))
  }

  const reader: SourcesReader = {
    async read({ dimension, touch, from, to }) {
      const all = new Map<string, { figure: SourceFigure; buckets: number[] }>()
      const spans = spansBetween(from, to)
      const inRange = ({ atMs }: Told) =>
        spans.some((span) => atMs >= span.from!.getTime() && atMs < span.to!.getTime())
      for (const each of told.filter(inRange)) {
        const byTouch = each.what === 'visited' ? 'last' : touch
        const given = toldAs(each, dimension, byTouch)
        const value = known.get(`${dimension} ${byTouch}`)?.has(given) ? given : otherValues
        const held = all.get(value) ?? { figure: { value, ...none }, buckets: new Array(bucketCount).fill(0) }
        if (dimension === 'language' && each.what === 'visited') continue
        all.set(value, held)
        held.figure = added(held.figure, each)
        if (each.what === 'called') held.buckets[bucketOf(each.waitS!)]! += 1
      }
      const together = new Array<number>(bucketCount).fill(0)
      for (const { buckets } of all.values())
        for (const [index, count] of buckets.entries()) together[index]! += count
      const figures = [...all.values()]
        .map(({ figure, buckets }) => ({ ...figure, medianWaitS: medianOf(buckets) }))
        .sort((one, other) => other.leads - one.leads || other.visits - one.visits)
      const total = told
        .filter(inRange)
        .reduce<Omit<SourceFigure, 'value'>>(
          (sum, each) => (dimension === 'language' && each.what === 'visited' ? sum : added(sum, each)),
          none,
        )
      return { figures, total: { ...total, medianWaitS: medianOf(together) }, countedAt: new Date() }
    },
    async speedByHour({ from, to, timeZone }) {
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' })
      const within = told.filter(({ what, atMs }) => what === 'called' && atMs >= +from && atMs < +to)
      const byHour = Map.groupBy(within, ({ atMs }) => clock.format(atMs))
      return [...byHour].sort().map(([hour, all]) => {
        const buckets = new Array<number>(bucketCount).fill(0)
        for (const { waitS } of all) buckets[bucketOf(waitS!)]! += 1
        const { called, calledSoon } = all.reduce(added, none)
        return { hour, called, calledSoon, medianWaitS: medianOf(buckets) }
      })
    },
    async overTime({ edges, value, ...query }) {
      const parts = edges.slice(1).map((to, place) => reader.read({ ...query, from: edges[place]!, to }))
      return (await Promise.all(parts)).map(({ figures, total }) => {
        const of = value === undefined ? total : figures.find((figure) => figure.value === value)
        return { visits: of?.visits ?? 0, leads: of?.leads ?? 0 }
      })
    },
  }
  return {
    ...reader,
    tell(...fresh: readonly Told[]): void {
      told.push(...fresh)
      for (const dimension of sourceDimensions)
        for (const touch of ['last', 'first'] as const)
          admit(`${dimension} ${touch}`, fresh, (each) =>
            toldAs(each, dimension, each.what === 'visited' ? 'last' : touch),
          )
    },
  }
}

const none: Omit<SourceFigure, 'value'> = {
  ...{ visits: 0, leads: 0, suspects: 0, duplicates: 0, corrected: 0 },
  ...{ called: 0, calledSoon: 0, medianWaitS: null },
}
const counts: Readonly<Record<Told['what'], Exclude<keyof SourceFigure, 'value' | 'medianWaitS'>>> = {
  ...({ visited: 'visits', lead: 'leads', suspect: 'suspects', duplicate: 'duplicates' } as const),
  ...({ corrected: 'corrected', called: 'called' } as const),
}

function added<Figure extends Omit<SourceFigure, 'value'>>(
  figure: Figure,
  { what, change = 1, waitS }: Told,
): Figure {
  const isSoon = what === 'called' && waitS! <= soonS
  return {
    ...figure,
    [counts[what]]: figure[counts[what]] + change,
    calledSoon: figure.calledSoon + Number(isSoon),
  }
}

function toldAs(told: Told, dimension: SourceDimension, touch: Touch): string {
  if (dimension === 'language' || dimension === 'device' || dimension === 'landing')
    return told[dimension] ?? noValue
  const came = (touch === 'first' && told.firstTouch) || told.attribution || {}
  const site = /^[a-z-]+:\/\/(?:www\.)?([^/:?#]+)/.exec(came.referrer ?? '')?.[1]
  const value = {
    source: () => came.utm_source ?? (came.gclid ? 'google (click)' : site) ?? noValue,
    medium: () => came.utm_medium ?? (came.gclid ? 'cpc' : site && 'referral') ?? noValue,
    campaign: () => came.utm_campaign ?? noValue,
  }[dimension]()
  return value.slice(0, valueLengthMax)
}

const bucketOf = (waitS: number) =>
  Math.min(bucketCount - 1, Math.ceil(Math.log(Math.max(1, waitS / waitUnitS)) / Math.log(bucketBase)))

function medianOf(buckets: readonly number[]): number | null {
  const median = percentileOf(buckets, 0.5)
  return median === null ? null : Math.round(median * waitUnitS)
}
