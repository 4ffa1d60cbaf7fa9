import { ask } from './api.ts'

/** Of the first three a lead knows the first as well as the last. */
export const touchDimensions = ['source', 'medium', 'campaign'] as const
export const dimensions = [...touchDimensions, 'landing', 'device', 'language'] as const
export type Dimension = (typeof dimensions)[number]
export const touches = ['last', 'first'] as const

export type Figure = Readonly<{
  visits: number
  leads: number
  suspects: number
  duplicates: number
  corrected: number
  called: number
  called_within_5_min: number
  median_wait_s: number | null
}>
export type SourceRow = Figure & Readonly<{ value: string }>
export type Sources = Readonly<{
  from: string
  to: string
  time_zone: string
  by: Dimension
  counted_at: string | null
  rows: readonly SourceRow[]
  total: Figure
}>

/** How many of those who came left a number; null where nobody came. */
export const rateOf = ({ leads, visits }: Pick<Figure, 'leads' | 'visits'>) =>
  visits === 0 ? null : leads / visits

/** What stands in the address, and so in a link to this view. */
export type SourcesView = Readonly<
  Partial<Record<'by' | 'touch' | 'days' | 'from' | 'to' | 'sort' | 'value', string>>
>

export type OverTime = Readonly<{
  time_zone: string
  step: 'hour' | 'day' | 'week' | 'four_weeks'
  points: readonly Readonly<{ starts_at: string; visits: number; leads: number }>[]
}>

export const getOverTime = ({ sort: _, ...view }: SourcesView) =>
  ask<OverTime>('GET', `/sources/over-time?${new URLSearchParams(view as Record<string, string>)}`)
export const getSources = ({ sort: _, value: _value, ...view }: SourcesView) =>
  ask<Sources>('GET', `/sources?${new URLSearchParams(view as Record<string, string>)}`)
