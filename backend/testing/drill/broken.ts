import type { Redis } from 'ioredis'
import type { Services } from '../../local/services.ts'
import type { Db } from '../../postgres/connection.ts'
import { submitTo } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import type { Line, LineOptions } from '../stage/line.ts'

/** What the breaks work on. */
export type Broken = Readonly<{
  services: Services
  line: Line
  db: Db
  admin: Redis
  /** Runs a command as an operator does. */
  run(...words: [string, ...string[]]): Promise<unknown>
  /** Has another Prometheus of the same rules watch these. */
  watch(targets: Readonly<Record<string, string>>): Promise<void>
  /** Starts another line on the same stores, with another API or one that has these variables. */
  another(options: Pick<LineOptions, 'apiEnv' | 'apiEntry'>): Promise<Line>
  /** Registers what is mended once its alerts have been heard of. */
  after(mend: () => unknown): void
}>

/** What is broken, how, and the alerts that have to come of it. It is done again and again until they have. */
export type Break = Readonly<{
  alerts: readonly string[]
  how: string
  once?(on: Broken): unknown
  again?(on: Broken): unknown
}>

export const many = <T>(count: number, work: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, work))
export const submit = ({ line }: Broken) => submitTo(line.origin, newPhone()).catch(() => undefined)
export const ask = ({ line }: Broken, path: string, init: RequestInit = {}) =>
  fetch(line.origin + path, init)
    .then((answer) => answer.text())
    .catch(() => undefined)
