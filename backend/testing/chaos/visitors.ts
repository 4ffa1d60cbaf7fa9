import { httpConnection } from './http-connection.ts'
import { between, type Random } from './random.ts'

/** What visitors were told. Columns instead of objects: a long run keeps millions of answers. */
export type Told = {
  /** Every 202: its id, the visitor's number, and when it came. */
  accepted: { ids: string[]; visitors: number[]; atMs: number[] }
  duplicates: { visitors: number[]; atMs: number[] }
  /** How many answers had which status; `0` is no answer at all. */
  statuses: Map<number, number>
  /** Visitors that found no free connection for long and went away without sending anything. */
  wentAway: number
}

export type VisitorOptions = Readonly<{
  /** API processes, of which each visitor comes to one. */
  origins: readonly string[]
  perSecond: number
  connections: number
  random: Random
}>

type Visit = Readonly<{ visitor: number; key: string; attempt: number }>

const tickMs = 10
const recentVisitors = 5_000
const waitingMax = 20_000
// One in five comes twice: a second tab, a double tap, a page that was reloaded.
const repeatShare = 0.2
// Who got no answer tries again, with the same key, as the page does.
const attemptsMax = 4

export function phoneOf(visitor: number): string {
  return `+989${String(visitor).padStart(9, '0')}`
}

/** Visitors that keep arriving at an even rate, whatever happens to the server. */
export function letVisitorsArrive(options: VisitorOptions) {
  const { random } = options
  const origins = options.origins.map((origin) => new URL(origin))
  const told: Told = {
    accepted: { ids: [], visitors: [], atMs: [] },
    duplicates: { visitors: [], atMs: [] },
    statuses: new Map(),
    wentAway: 0,
  }
  const all = Array.from({ length: options.connections }, (_, index) =>
    httpConnection(origins[index % origins.length]!),
  )
  const free = [...all]
  const pending = new Set<Promise<void>>()
  let waiting: Visit[] = []
  let visitors = 0
  let due = 0
  let leaving = false

  async function visit(connection: (typeof all)[number], { visitor, key, attempt }: Visit): Promise<void> {
    const answer = await connection.post(
      '/api/leads',
      key && `idempotency-key: ${key}\r\n`,
      `{"phone":"${phoneOf(visitor)}","utm_source":"chaos"}`,
    )
    const status = answer?.status ?? 0
    told.statuses.set(status, (told.statuses.get(status) ?? 0) + 1)
    if (status === 202) {
      told.accepted.ids.push(/"id":"([^"]+)"/.exec(answer!.body)?.[1] ?? '')
      told.accepted.visitors.push(visitor)
      told.accepted.atMs.push(Date.now())
    } else if (status === 200) {
      told.duplicates.visitors.push(visitor)
      told.duplicates.atMs.push(Date.now())
    } else if (attempt < attemptsMax) {
      await Bun.sleep(between(random, 100, 1_000))
      if (!leaving) waiting.push({ visitor, key, attempt: attempt + 1 })
    }
  }

  function serve(): void {
    let next = 0
    while (next < waiting.length && free.length > 0) {
      const connection = free.pop()!
      const visited = visit(connection, waiting[next++]!).finally(() => {
        pending.delete(visited)
        free.push(connection)
      })
      pending.add(visited)
    }
    waiting = next === waiting.length ? [] : waiting.slice(next)
    if (waiting.length > waitingMax) {
      told.wentAway += waiting.length - waitingMax
      waiting.length = waitingMax
    }
  }

  function arrive(): void {
    due += (options.perSecond * tickMs) / 1000
    for (; due >= 1; due--) {
      const again = visitors > 0 && random() < repeatShare
      const visitor = again ? visitors - between(random, 1, Math.min(visitors, recentVisitors)) : visitors++
      const key = random() < 0.5 ? `visit-${visitor}-${again ? random() : ''}` : ''
      waiting.push({ visitor, key, attempt: 1 })
    }
    serve()
  }

  const arriving = setInterval(arrive, tickMs)
  return {
    told,
    /** Stops arriving and waits for the last answers. */
    async leave(): Promise<Told> {
      clearInterval(arriving)
      leaving = true
      waiting = []
      await Promise.all(pending)
      for (const connection of all) connection.close()
      return told
    },
  }
}
