import { percentile } from './figures.ts'
import { submissionsOf } from './submission.ts'

/** What one process of this generator is told, as JSON in its first argument. */
export type GeneratorPlan = Readonly<{
  origin: string
  run: number
  seconds: number
  connections: number
  /**
   * Absent: a closed loop, every connection sends again as soon as it is answered. Else an open one: visitors come at
   * this rate whatever the answers do, and one who finds no free connection opens another, up to `connectionsMax`.
   */
  perSecond?: number
  connectionsMax?: number
  /**
   * An open loop that opens its connections within so many seconds and holds them: each is used in its turn, and one that the
   * server ends is opened anew. A request that met such an end before anything of its answer came is sent once more on another,
   * as browsers do; its visitor waits meanwhile. What is measured begins then.
   */
  holdsAfterS?: number
  /** Of all requests, so many are looks at the page, by a visitor with these cookies who was here before. */
  pages?: Readonly<{ share: number; cookie: string }>
}>

/** What it writes to stdout, as JSON. Times are from the moment a visitor was due, not from when it could be sent. */
export type GeneratorResult = Readonly<{
  requests: number
  durationUs: number
  /** Answered with anything but 2xx. */
  refused: number
  /** Never answered: the connection broke, or the answer did not come in time. */
  broken: number
  /** Sent once more. */
  resent: number
  p50Us: number
  p95Us: number
  p99Us: number
  /** From the moment the request was sent: what is left when this generator's own lateness is taken away. */
  sentP99Us: number
  refusedSentP99Us: number
  /** How much later than due the requests went out, which is this generator's own doing. */
  lateP99Us: number
  /** How many connections were open when the last visitor was due. */
  open: number
  /** Answers to looks at the page, by what they say of a cache. */
  pages: Readonly<Record<string, number>>
}>

type Request = Readonly<{ text: string; isPage: boolean; dueAt: number; isSecond: boolean }>

type Connection = {
  socket: Bun.Socket<Connection> | undefined
  /** What it waits for the answer of. */
  asked: Request | undefined
  sentAt: number
  rest: string
}

type Took = Readonly<{ due: number[]; sent: number[] }>

// The first digit of the status in `HTTP/1.1 202`.
const statusAt = 9
const two = '2'.charCodeAt(0)
const answerDeadlineMs = 5_000

export async function generate(plan: GeneratorPlan): Promise<GeneratorResult> {
  const send = submissionsOf(plan.origin, plan.run)
  const { hostname, host, port, protocol } = new URL(plan.origin)
  const { holdsAfterS = 0 } = plan
  const isSecure = protocol === 'https:'
  const look = `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: gzip\r\nCookie: ${plan.pages?.cookie}\r\n\r\n`
  const accepted: Took = { due: [], sent: [] }
  const refused: Took = { due: [], sent: [] }
  // Answers of one status are all of one length, so most are known to be whole by their length alone.
  const lengths = new Map<number, number>()
  const late: number[] = []
  const pages: Record<string, number> = {}
  const free: Connection[] = []
  const again: Request[] = []
  const due: number[] = []
  let dueRead = 0
  let open = 0
  let sent = 0
  let waiting = 0
  let broken = 0
  let resent = 0
  let started = false
  let ending = false
  let measuredFrom = 0

  function write(connection: Connection, request: Request): void {
    connection.sentAt = performance.now()
    connection.asked = request
    if (request.dueAt >= measuredFrom) late.push(connection.sentAt - request.dueAt)
    waiting++
    if (connection.socket!.write(request.text) !== request.text.length) connection.socket!.end()
  }

  function newAt(dueAt: number): Request {
    const isPage = plan.pages !== undefined && Math.random() < plan.pages.share
    return { text: isPage ? look : send(sent++), isPage, dueAt, isSecond: false }
  }

  function next(connection: Connection): void {
    if (ending) return
    const second = again.pop()
    if (second) write(connection, second)
    else if (plan.perSecond === undefined && started) write(connection, newAt(performance.now()))
    else if (dueRead < due.length) write(connection, newAt(due[dueRead++]!))
    else free.push(connection)
  }

  function answered(connection: Connection, chunk: Buffer): void {
    const isPage = connection.asked?.isPage === true
    const isKnown = connection.rest === '' && !isPage
    if (isKnown && lengths.get(chunk[statusAt]!) === chunk.length) {
      take(connection, chunk[statusAt]!)
      return
    }
    const text = connection.rest + chunk.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = head < 0 ? undefined : /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1]
    const isWhole =
      length === undefined
        ? head >= 0 && text.endsWith('\r\n0\r\n\r\n')
        : text.length >= head + 4 + Number(length)
    if (!isWhole) {
      connection.rest = text
      return
    }
    connection.rest = ''
    if (isPage) {
      const cache = /^x-cache: *(\w+)/im.exec(text.slice(0, head))?.[1] ?? 'none'
      pages[cache] = (pages[cache] ?? 0) + 1
    } else lengths.set(text.charCodeAt(statusAt), text.length)
    take(connection, text.charCodeAt(statusAt))
  }

  function take(connection: Connection, status: number): void {
    const now = performance.now()
    const took = status === two ? accepted : refused
    const dueAt = connection.asked?.dueAt ?? now
    if (dueAt >= measuredFrom) {
      took.due.push(now - dueAt)
      took.sent.push(now - connection.sentAt)
    }
    waiting--
    connection.asked = undefined
    next(connection)
  }

  function connect(): Promise<unknown> {
    open++
    const connection: Connection = { socket: undefined, asked: undefined, sentAt: 0, rest: '' }
    const gone = () => {
      if (connection.socket === undefined) return
      connection.socket = undefined
      open--
      const index = free.indexOf(connection)
      if (index >= 0) free.splice(index, 1)
      else if (!ending) {
        const { asked, rest } = connection
        if (asked) waiting--
        if (holdsAfterS && asked && !asked.isSecond && rest === '') {
          resent++
          again.push({ ...asked, isSecond: true })
        } else broken++
      }
    }
    return Bun.connect<Connection>({
      hostname,
      port: Number(port || (isSecure ? 443 : 80)),
      ...(isSecure && { tls: { rejectUnauthorized: false } }),
      data: connection,
      socket: {
        open(socket) {
          connection.socket = socket
          if (!isSecure) next(connection)
        },
        handshake: () => {
          if (connection.socket) next(connection)
        },
        data: (_socket, chunk) => answered(connection, chunk),
        close: gone,
        error: gone,
      },
    }).catch(() => {
      open--
      broken++
    })
  }

  if (!holdsAfterS) await Promise.all(Array.from({ length: plan.connections }, connect))
  const startedAt = performance.now()
  measuredFrom = startedAt + holdsAfterS * 1000
  const endsAt = measuredFrom + plan.seconds * 1000
  if (plan.perSecond === undefined) {
    for (const connection of free.splice(0)) write(connection, newAt(startedAt))
    started = true
    await Bun.sleep(endsAt - performance.now())
  } else {
    const visitors = Math.round(plan.perSecond * (holdsAfterS + plan.seconds))
    const most = plan.connectionsMax ?? plan.connections
    const everyMs = 1000 / plan.perSecond
    const isDone = () =>
      due.length === visitors && dueRead === visitors && waiting === 0 && again.length === 0
    while (!isDone() && performance.now() < endsAt + answerDeadlineMs) {
      const now = performance.now()
      while (due.length < visitors && startedAt + due.length * everyMs <= now)
        due.push(startedAt + due.length * everyMs)
      while (dueRead < due.length && free.length > 0)
        write(holdsAfterS ? free.shift()! : free.pop()!, newAt(due[dueRead++]!))
      while (again.length > 0 && free.length > 0) next(free.shift()!)
      const held = holdsAfterS ? Math.ceil((plan.connections * (now - startedAt)) / (holdsAfterS * 1000)) : 0
      const wanted = Math.min(holdsAfterS ? held - open : due.length - dueRead, most - open)
      for (let more = 0; more < wanted; more++) void connect()
      await Bun.sleep(1)
    }
  }
  const durationUs = (performance.now() - measuredFrom) * 1000
  ending = true
  const unanswered = plan.perSecond === undefined ? 0 : waiting + due.length - dueRead
  const us = (figures: readonly number[], share: number) =>
    Math.round(percentile(Float64Array.from(figures).sort(), share) * 1000)
  return {
    requests: accepted.due.length + refused.due.length,
    durationUs: Math.round(durationUs),
    refused: refused.due.length,
    broken: broken + unanswered + again.length,
    resent,
    p50Us: us(accepted.due, 0.5),
    p95Us: us(accepted.due, 0.95),
    p99Us: us(accepted.due, 0.99),
    sentP99Us: us(accepted.sent, 0.99),
    refusedSentP99Us: us(refused.sent, 0.99),
    lateP99Us: us(late, 0.99),
    open,
    pages,
  }
}

if (import.meta.main) {
  const result = await generate(JSON.parse(process.argv[2]!) as GeneratorPlan)
  process.stdout.write(JSON.stringify(result))
  process.exit(0)
}
