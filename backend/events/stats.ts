import { type FieldErrors, InvalidFields } from '../problem.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import { namePattern } from '../words/word.ts'
import type { CountRow, StatsReader, VitalRow } from './ports.ts'
import { spansBetween } from './span.ts'
import { percentileOf } from './vitals.ts'

/** What is asked of the results. */
export type StatsQuery = Readonly<{
  experiment?: string
  variant?: string
  eventType?: string
  from?: Date
  to?: Date
}>

/** Results without robots, which `filtered` counts. Rates are in percent. */
export type Stats = Readonly<{
  experiment: string
  from: string | null
  to: string | null
  total: number
  totalsByVariant: readonly Readonly<{ variant: string; count: number }>[]
  totalsByEventType: readonly Readonly<{ event_type: string; count: number }>[]
  /** `visitors`: who did it for the first time. */
  variantEventBreakdown: readonly Readonly<{
    variant: string
    event_type: string
    count: number
    visitors: number
  }>[]
  conversion: readonly Conversion[]
  webVitals: readonly Readonly<{ variant: string; vital: string; count: number; p75: number }>[]
  filtered: Readonly<{ bots: number }>
}>

export type Conversion = Readonly<{
  variant: string
  page_views: number
  form_submits: number
  /** Visitors who were shown the variant for the first time, and those of them who submitted the form since. */
  exposed: number
  converted: number
  /** Of those exposed, with its 95 % Wilson interval. Null where nobody was exposed. */
  conversion_rate: number | null
  interval: readonly [low: number, high: number] | null
}>

export type StatsDeps = Readonly<{
  reader: StatsReader
  /** The experiment that is meant when none is named; '' when there is none. */
  firstExperiment(): string
  /** Whether anything is counted under this name: an experiment, or a flag. */
  isCounted(name: string): boolean
}>

const vital = 'web_vital_'

/** Reads a query. @throws InvalidFields naming each parameter with its code. */
export function readStatsQuery(given: Readonly<Record<string, string | undefined>>): StatsQuery {
  const faults: Record<string, FieldErrors[string]> = {}
  const name = (field: string) => {
    const text = given[field]?.toLowerCase()
    if (text === undefined || text === '') return undefined
    if (!namePattern.test(text)) faults[field] = ['invalid']
    return text
  }
  const moment = (field: string) => {
    const text = given[field]
    if (text === undefined || text === '') return undefined
    const at = readMoment(text)
    if (!at) faults[field] = ['invalid']
    return at
  }
  const [experiment, variant, eventType] = [name('experiment'), name('variant'), name('event_type')]
  const [from, to] = [moment('from'), moment('to')]
  if (from && to && from >= to) faults.to = ['not_after_from']
  if (Object.keys(faults).length > 0) throw new InvalidFields(faults)
  return {
    ...(experiment && { experiment }),
    ...(variant && { variant }),
    ...(eventType && { eventType }),
    ...(from && { from }),
    ...(to && { to }),
  }
}

const momentPattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))?)?$/i

/** A day or a moment of ISO 8601, in UTC where it names no zone. Undefined where there is none such. */
function readMoment(text: string): Date | undefined {
  const found = momentPattern.exec(text)
  if (!found) return undefined
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0))
  const [zoneHours, zoneMinutes] = [Number(found[9] ?? 0), Number(found[10] ?? 0)]
  const isDay =
    month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (!isDay || hours > 23 || minutes > 59 || seconds > 59 || zoneHours > 23 || zoneMinutes > 59)
    return undefined
  const milliseconds = Math.floor(Number(`0.${found[7] ?? 0}`) * 1000)
  const zoneMs = (found[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000
  return new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds, milliseconds) - zoneMs)
}

/**
 * The results of one experiment. Without a name it is the first one, together with events of visitors who were in no
 * experiment, whose variant is ''. Rejects when the store cannot be read.
 * @throws InvalidFields when nothing is counted under the name.
 */
export async function readStats(deps: StatsDeps, query: StatsQuery): Promise<Stats> {
  if (query.experiment !== undefined && !deps.isCounted(query.experiment))
    throw new InvalidFields({ experiment: ['unknown'] })
  const experiment = query.experiment ?? deps.firstExperiment()
  const experiments = query.experiment ? [experiment] : [...new Set([experiment, ''])]
  const spans = spansBetween(query.from, query.to)
  const [counts, vitals] = await Promise.all([
    deps.reader.counts(experiments, spans),
    deps.reader.vitals(experiments, spans),
  ])
  const ofVariant = (row: CountRow | VitalRow) => query.variant === undefined || row.variant === query.variant
  const asked = (row: CountRow | VitalRow) =>
    ofVariant(row) && (query.eventType === undefined || row.eventType === query.eventType)
  const people = counts.filter((row) => !row.bot && asked(row))
  return {
    experiment,
    from: startOf(spans[0]?.from),
    to: startOf(spans.at(-1)?.to),
    total: sum(people, (row) => row.events),
    totalsByVariant: grouped(people, (row) => row.variant, 'variant'),
    totalsByEventType: grouped(people, (row) => row.eventType, 'event_type'),
    variantEventBreakdown: people.map((row) => ({
      variant: row.variant,
      event_type: row.eventType,
      count: row.events,
      visitors: row.visitors,
    })),
    conversion: conversionsOf(counts.filter((row) => !row.bot && ofVariant(row))),
    webVitals: vitals.filter(asked).map(vitalOf),
    filtered: { bots: sum(counts, (row) => (row.bot && asked(row) ? row.events : 0)) },
  }
}

function conversionsOf(rows: readonly CountRow[]): Conversion[] {
  const variants = [...new Set(rows.map((row) => row.variant))].sort()
  return variants.map((variant) => {
    const row = (type: string) => rows.find((each) => each.variant === variant && each.eventType === type)
    const { visitors: exposed = 0, converted = 0 } = row('exposure') ?? {}
    return {
      variant,
      page_views: row('page_view')?.events ?? 0,
      form_submits: row('form_submit')?.events ?? 0,
      exposed,
      converted,
      conversion_rate: exposed === 0 ? null : percent(converted / exposed),
      interval: exposed === 0 ? null : inPercent(wilsonInterval(converted, exposed)),
    }
  })
}

function vitalOf({ variant, eventType, buckets }: VitalRow): Stats['webVitals'][number] {
  const p75 = percentileOf(buckets, 0.75) ?? 0
  const isShift = eventType === 'web_vital_cls'
  return {
    variant,
    vital: eventType.slice(vital.length),
    count: sum(buckets, (count) => count),
    p75: isShift ? Math.round(p75) / 1000 : Math.round(p75),
  }
}

function grouped<Name extends string>(
  rows: readonly CountRow[],
  keyOf: (row: CountRow) => string,
  name: Name,
): (Record<Name, string> & { count: number })[] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + row.events)
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => ({ [name]: key, count }) as Record<Name, string> & { count: number })
}

const sum = <T>(all: readonly T[], figure: (each: T) => number) =>
  all.reduce((total, each) => total + figure(each), 0)
const percent = (share: number) => Math.round(share * 10_000) / 100
const inPercent = ([low, high]: readonly [number, number]) => [percent(low), percent(high)] as const
const startOf = (moment: Date | undefined) => moment?.toISOString() ?? null
