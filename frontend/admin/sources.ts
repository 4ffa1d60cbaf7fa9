import { ask } from './api.ts'

export const dimensions = ['source', 'medium', 'campaign', 'language'] as const
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

/** What stands in the address, and so in a link to this view. */
export type SourcesView = Readonly<Partial<Record<'by' | 'touch' | 'days' | 'from' | 'to' | 'sort', string>>>

export const getSources = ({ sort: _, ...view }: SourcesView) =>
  ask<Sources>('GET', `/sources?${new URLSearchParams(view as Record<string, string>)}`)
