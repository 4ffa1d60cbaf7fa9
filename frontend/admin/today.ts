import { askAgain } from './api.ts'

export type Hour = Readonly<{ leads: number; suspects: number; duplicates: number; visits: number }>
export type Today = Readonly<{
  hours: readonly Readonly<{ starts_at: string; now: Hour; before: Hour }>[]
  untouched: Readonly<{ count: number; exact: boolean; oldest_at: string | null }> | null
  quarantined: Readonly<{
    count: number
    latest: readonly Readonly<{ id: string; at: string; reason: string }>[]
  }>
  deliveries: Readonly<{ waiting: number; oldest_waiting_s: number; parked: number }>
}>
export type Health = Readonly<{
  status: 'ok' | 'degraded' | 'down'
  dependencies: Readonly<
    Record<string, Readonly<{ status: 'ok' | 'down' | 'off'; latency_ms?: number; detail?: string }>>
  >
}>

export type Answered = Readonly<{ outcomes: Readonly<Record<string, number>>; p95_ms: number | null }>
/** What has changed since a week ago. */
export type Moving = Readonly<{
  sources: readonly Readonly<{ value: string; leads: number; before: number }>[]
  variants: readonly Readonly<{ experiment: string; variant: string; exposed: number; converted: number }>[]
  answers: Readonly<{ now: Answered; before: Answered }>
  refused_most: readonly Readonly<{ network: string; refused: number }>[]
}>

/** How soon leads of the last seven days were called, by the hour of the day in which they came. */
export type SpeedToday = Readonly<{
  hours: readonly Readonly<{
    hour: string
    called: number
    called_within_5_min: number
    median_wait_s: number | null
  }>[]
}>

export const getSpeedToday = () => askAgain<SpeedToday>('/today/speed')
export const getMoving = () => askAgain<Moving>('/today/moving')
export const getToday = () => askAgain<Today>('/today')
/** As monitors are told; also while it says that something is down. */
export const getHealth = async (): Promise<Health> => (await fetch('/api/health')).json()
