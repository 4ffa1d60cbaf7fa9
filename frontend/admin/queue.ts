import { ask, askAgain } from './api.ts'

export type Replay = Readonly<{
  id: string
  lead: string | null
  asked_at: string
  by: string
  finished_at: string | null
  replayed: Readonly<{
    stored: number
    stay: readonly Readonly<{ reason: string; count: number }>[]
    queued: number
  }> | null
}>
export type Quarantined = Readonly<{ id: string; accepted_at: string; at: string; reason: string }>
export type Queue = Readonly<{
  redis:
    | 'away'
    | Readonly<{ batches: number; leads: number; oldest_waiting_s: number; failed: number }>
    | null
  failed: readonly Readonly<{ id: string; at: string | null; leads: number; reason: string }>[]
  quarantined: Readonly<{ count: number; latest: readonly Quarantined[] }>
  workers: readonly Readonly<{ heard_s: number; idle_because: string | null }>[]
  replays: readonly Replay[]
}>

export const getQueue = () => askAgain<Queue>('/queue')
/** One lead in quarantine, or all of them and the batches that were given up. */
export const askReplay = (lead?: string) => ask('POST', '/queue/replay', lead === undefined ? {} : { lead })
