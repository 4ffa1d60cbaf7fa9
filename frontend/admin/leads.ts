import { ask, askAgain } from './api.ts'

/** What a call has come to; the digit that sets it is its place. */
export const workStates = ['called', 'no_answer', 'interested', 'won', 'lost'] as const
export const leadStates = ['new', ...workStates, 'suspect', 'corrected'] as const
export type LeadState = (typeof leadStates)[number]

export type Lead = Readonly<{
  id: string
  accepted_at: string
  phone: string
  state: LeadState
  source: string | null
  campaign: string | null
  first_source: string | null
  first_campaign: string | null
  variant: string | null
  language: string | null
  device: string | null
  landing: string | null
  suspect: boolean
  owner: Readonly<{ id: string; name: string }> | null
  notes: number
}>
export type LeadPage = Readonly<{
  data: readonly Lead[]
  next: string | null
  counts: Readonly<{ matching: number; exact: boolean }> | null
}>
export type LeadDetail = Readonly<{
  lead: Lead
  notes: readonly Readonly<{ id: string; by: string; at: string; text: string }>[]
  timeline: readonly LeadStep[]
}>
export type LeadStep = Readonly<{
  at: string
  kind: 'came' | 'stored' | 'done' | 'told' | 'asked'
  by?: string
  what?: Readonly<Record<string, unknown>>
}>
export type SpeedFigure = Readonly<{
  name: string | null
  leads: number
  median_s: number
  within_5_min: number
}>
type One = Readonly<{ lead: Lead }>

/** What stands in the address, and so in a link to this view. */
export type LeadView = Readonly<
  Partial<
    Record<
      | 'q'
      | 'state'
      | 'source'
      | 'campaign'
      | 'variant'
      | 'language'
      | 'since'
      | 'until'
      | 'suspect'
      | 'owner',
      string
    >
  >
>

export const listLeads = (view: LeadView, after: string) =>
  ask<LeadPage>('GET', `/leads?${new URLSearchParams({ ...view, ...(after && { after }) })}`)
export const getLead = (id: string) => ask<LeadDetail>('GET', `/leads/${id}`)
export type LeadRequest = Readonly<{ at: string; outcome: string; address: string; device: string }>
export const getRequests = (id: string) =>
  ask<{ data: readonly LeadRequest[] }>('GET', `/leads/${id}/requests`)
/** How soon leads of the last seven days were called first. */
export type Speed = Readonly<{
  all: SpeedFigure | null
  by_caller: readonly SpeedFigure[]
  by_campaign: readonly SpeedFigure[]
}>
export const speedQuery = { queryKey: ['leads', 'speed'], queryFn: () => askAgain<Speed>('/leads/speed') }
export const reveal = (id: string) => ask<{ phone: string }>('POST', `/leads/${id}/reveal`)
export const takeNext = () => ask<{ lead: Lead | null }>('POST', '/leads/next')
export const setState = (
  id: string,
  change: Readonly<{ was: LeadState; state: LeadState; undo?: boolean }>,
) => ask<One>('PUT', `/leads/${id}/state`, change)
export const addNote = (id: string, text: string) => ask<One>('POST', `/leads/${id}/notes`, { text })
