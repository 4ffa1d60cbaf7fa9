import type { Actor, AuditEntry } from '../operators/audit.ts'

/** What a call has come to, in the order in which a lead usually goes. */
export const workStates = ['new', 'called', 'no_answer', 'interested', 'won', 'lost'] as const
export type WorkState = (typeof workStates)[number]
/** And what the line itself says of a lead: it looks like a robot's, or its visitor has sent another number. */
export const leadStates = [...workStates, 'suspect', 'corrected'] as const
export type LeadState = (typeof leadStates)[number]

/** What a view of the leads shows: the same for its rows and for their count. */
export type LeadFilter = Readonly<{
  state?: LeadState
  /** The keyed hash of a phone, in hex. */
  phoneKey?: string
  /** What a phone ends with: four digits or more. */
  lastDigits?: string
  since?: Date
  until?: Date
  variant?: string
  source?: string
  campaign?: string
  language?: string
  /** Whether they looked like a robot's when they came. */
  suspect?: boolean
  /** Who works on them. */
  owner?: string
}>

/** A place in the list, the latest lead first. */
export type LeadPlace = Readonly<{ id: string; acceptedAt: Date }>

/** A lead as it stands in the list. */
export type ListedLead = LeadPlace &
  Readonly<{
    phone: string
    state: string
    source?: string
    campaign?: string
    /** Where they came from the first time, where that differs. */
    firstSource?: string
    firstCampaign?: string
    variant?: string
    language?: string
    device?: string
    landing?: string
    suspect: boolean
    owner?: Readonly<{ id: string; name: string }>
    notes: number
  }>

export type LeadNote = Readonly<{ id: string; by: string; at: Date; text: string }>

/** Something that became of a lead: `done` by an operator, as the audit has it, `told` to an endpoint. */
export type LeadStep = Readonly<{
  at: Date
  kind: 'came' | 'stored' | 'done' | 'told'
  by?: string
  what?: Readonly<Record<string, unknown>>
}>

/** A request that the phone of a lead came with, as the request log keeps it: no phone, the address masked. */
export type LeadRequest = Readonly<{ at: Date; outcome: string; address: string; device: string }>
export interface LeadRequests {
  /** The latest first. */
  of(phoneKey: string, most: number): Promise<readonly LeadRequest[]>
}

/** How long leads waited for their first call; those that nobody has called are not among them. */
export type SpeedFigure = Readonly<{
  name: string | null
  leads: number
  medianS: number
  withinFiveMinutes: number
}>
export type SpeedToLead = Readonly<{
  /** Absent where nobody was called. */
  all?: SpeedFigure
  byCaller: readonly SpeedFigure[]
  byCampaign: readonly SpeedFigure[]
  /** By the hour of the day in which they came. */
  byHour: readonly SpeedFigure[]
}>

/** How many there are: exactly, or that there are more than were counted; absent where counting took too long. */
export type LeadCount = Readonly<{ matching: number; exact: boolean }>

export type StateChange = 'changed' | 'unknown' | 'meanwhile' | 'not_from_here'

/** The leads as operators work on them. Each change is written with its entry of the audit, and whoever is told of leads is told. */
export interface LeadDesk {
  list(filter: LeadFilter, limit: number, after?: LeadPlace): Promise<readonly ListedLead[]>
  count(filter: LeadFilter): Promise<LeadCount | undefined>
  find(id: string): Promise<ListedLead | undefined>
  /** The phone, with the entry that says who saw it. */
  reveal(id: string, entry: AuditEntry): Promise<Readonly<{ phone: string }> | undefined>
  /**
   * From what the operator has seen it to be; else somebody else was there first. `undo`: the change before was a mistake. Where that,
   * or what is made new again, counted as the first call, nobody has called.
   */
  setState(
    id: string,
    change: Readonly<{ was: LeadState; state: WorkState; undo?: boolean }>,
    by: Actor,
  ): Promise<StateChange>
  notes(id: string): Promise<readonly LeadNote[]>
  /** The latest first. */
  timeline(id: string): Promise<readonly LeadStep[]>
  speed(since: Date): Promise<SpeedToLead>
  addNote(id: string, text: string, by: Actor): Promise<boolean>
  /** Gives the latest lead that nobody works on to this operator, and to no other; the one they took before, while it is new. */
  takeNext(by: Actor): Promise<string | undefined>
  /** Gives a lead back that was taken and not worked on. */
  giveBack(id: string, by: Actor): Promise<boolean>
}

export const countedMax = 10_000
/** So long after a lead was taken it may be given to another, where nothing became of it. */
export const takenForMs = 30 * 60_000
export const noteLengthMax = 2_000

/** From where a lead may go where: a suspect one is released first, and one that was corrected is never rung. */
export const mayGo = (was: LeadState, state: WorkState) =>
  was === 'suspect' ? state === 'new' : was !== 'corrected' && was !== state

/** Enough of a phone to tell two apart on a list, too little to ring it. */
export const shownDigits = 4
export const maskedPhone = (phone: string) => `***${phone.slice(-shownDigits)}`
