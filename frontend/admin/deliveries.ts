import { ask } from './api.ts'

export type Endpoint = Readonly<{
  name: string
  target: string
  host: string
  state: 'on' | 'paused' | 'parked'
  because: string | null
  since: string
  waiting: number
  oldest_waiting_s: number
  parked: number
  last_day: Readonly<{ delivered: number; failed: number; median_ms: number | null }>
  last_failure: string | null
  last_failure_at: string | null
}>
export type Attempt = Readonly<{
  lead_id: string
  event: string
  attempt: number
  at: string
  took_ms: number
  outcome: string
  status: number | null
  because: string | null
  answer: string | null
}>
export type Tested = Readonly<{
  delivered: boolean
  because: string | null
  request: Readonly<{ headers: Readonly<Record<string, string>>; body: string }>
  answer: Readonly<{ status: number; body: string }>
  took_ms: number
}>
export type Range = Readonly<{ since?: string; until?: string; really?: boolean }>

const root = '/deliveries'
export const listEndpoints = () =>
  ask<{ endpoints: readonly Endpoint[]; held_since: string | null }>('GET', root)
export const listAttempts = (name: string) =>
  ask<{ attempts: readonly Attempt[] }>('GET', `${root}/${name}/attempts`)
/** Every kind of receiver, and what it asks for beside its name; `?` may stay empty. */
export const targets = {
  webhook: ['url'],
  slack: ['url'],
  discord: ['url'],
  teams: ['url'],
  telegram: ['token', 'chat'],
  'google-sheets': ['url'],
  email: ['url', 'to', 'from', 'every?'],
  'csv-drop': ['url', 'keyid', 'keysecret', 'region?', 'every?'],
  'ndjson-drop': ['url', 'keyid', 'keysecret', 'region?', 'every?'],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type TargetKind = keyof typeof targets
type Asked = (typeof targets)[TargetKind][number]
export type TargetField = Asked extends infer Each ? (Each extends `${infer Name}?` ? Name : Each) : never

export const addEndpoint = (
  name: string,
  target: TargetKind,
  given: Readonly<Partial<Record<TargetField, string>>>,
) => ask<{ secret?: string }>('PUT', `${root}/${name}`, { target, ...given })
export const setEndpointState = (name: string, state: 'on' | 'paused') =>
  ask('PUT', `${root}/${name}/state`, { state })
export const recoverEndpoint = (name: string, since: string | undefined) =>
  ask<{ sent_again: number }>('PUT', `${root}/${name}/recovery`, { ...(since && { since }) })
export const replay = (name: string, range: Range) =>
  ask<{ sent_again?: number; would_be_sent_again?: number }>('PUT', `${root}/${name}/replay`, range)
export const rotateSecret = (name: string) => ask<{ secret: string }>('PUT', `${root}/${name}/secret`)
export const testEndpoint = (name: string) => ask<Tested>('PUT', `${root}/${name}/test`)
export const removeEndpoint = (name: string) => ask('DELETE', `${root}/${name}`)
export const letGo = () => ask('PUT', '/deliveries-held', { held: false })
