import { join } from 'node:path'
import type { PostPlan } from './measure.ts'

// What submissions or events are posted to.
const postedNames = ['a', 'all', 'b', 'af', 'bf', 'c', 'c2', 'd', 'f', 'g', 'h', 'h2'] as const
/** Everything that is measured under a closed loop. */
export const measuredNames = [...postedNames, 'page', 'page1', 'nginx'] as const
export type PostedName = (typeof postedNames)[number]
export type MeasuredName = (typeof measuredNames)[number]

export const titles: Readonly<Record<MeasuredName, string>> = {
  a: 'bare Elysia handler: parses, validates, answers',
  all: 'the line as users run it: stored, logged, an experiment running, events arriving',
  b: 'the line, acknowledged: worker and request log off',
  af: 'bare, the generator in the foreground',
  bf: 'acknowledged, the generator in the foreground',
  c: 'the line, stored in Postgres, queue empty: request log off, no events',
  c2: 'the same with the request log',
  d: 'the obvious way: SET NX, then a job each',
  f: 'the line with ACK_MODE=pg',
  g: 'bare Elysia handler of events',
  h: 'events, acknowledged',
  h2: 'events, stored and counted, queue empty',
  page: 'the page from our API, for a visitor who comes back',
  page1: 'the same for a new visitor: dealt a variant, and recorded',
  nginx: 'the same bytes and headers from nginx and disk',
}

const line = { keeps: true, counts: true }
const bare = join(import.meta.dir, 'bare.ts')

/** What is measured first, as nothing is switched off. */
export const wholeNames: readonly MeasuredName[] = ['a', 'all']

export const postPlans: Readonly<Record<PostedName, PostPlan>> = {
  a: { apiEntry: bare },
  all: { ...line, worker: true, requestLog: true, eventsPerSecond: 500 },
  b: line,
  af: { apiEntry: bare, foreground: true },
  bf: { ...line, foreground: true },
  c: { ...line, worker: true },
  c2: { ...line, worker: true, requestLog: true },
  d: { apiEntry: join(import.meta.dir, '../testing/obvious-way/api.ts'), keeps: true },
  f: { ...line, env: { ACK_MODE: 'pg' } },
  g: { apiEntry: bare, sends: 'events' },
  h: { sends: 'events', counts: true },
  h2: { sends: 'events', counts: true, worker: true },
}

export function isPosted(name: MeasuredName): name is PostedName {
  return name in postPlans
}

/** A ratio between two subjects, and the least that is good enough. */
export type Goal = Readonly<{
  name: string
  of: MeasuredName
  to: MeasuredName
  floor?: number
  aim?: number
}>

export const goals: readonly Goal[] = [
  { name: 'as users run it / bare', of: 'all', to: 'a' },
  { name: 'acknowledged / bare', of: 'b', to: 'a', floor: 0.6, aim: 0.75 },
  { name: 'stored / bare', of: 'c', to: 'a', floor: 0.38, aim: 0.5 },
  { name: 'stored and logged / bare', of: 'c2', to: 'a' },
  { name: 'ACK_MODE=pg / bare', of: 'f', to: 'a' },
  { name: 'acknowledged / bare, in the foreground', of: 'bf', to: 'af' },
  { name: 'acknowledged / obvious way', of: 'b', to: 'd', floor: 3.5, aim: 5 },
  { name: 'events / bare', of: 'h', to: 'g', floor: 0.7, aim: 0.8 },
  { name: 'events stored / bare', of: 'h2', to: 'g', floor: 0.5, aim: 0.6 },
  { name: 'page / nginx', of: 'page', to: 'nginx', floor: 0.95, aim: 1.1 },
  { name: 'first visits / nginx', of: 'page1', to: 'nginx', floor: 0.8, aim: 0.9 },
]
