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
}>

/** What it writes to stdout, as JSON. Times are from the moment a visitor was due, not from when it could be sent. */
export type GeneratorResult = Readonly<{
  requests: number
  durationUs: number
  /** Answered with anything but 2xx. */
  refused: number
  /** Never answered: the connection broke, or the answer did not come in time. */
  broken: number
  p50Us: number
  p95Us: number
  p99Us: number
  /** From the moment the request was sent: what is left when this generator's own lateness is taken away. */
  sentP99Us: number
  refusedSentP99Us: number
  /** How much later than due the requests went out, which is this generator's own doing. */
  lateP99Us: number
}>

type Connection = {
  socket: Bun.Socket<Connection> | undefined
  dueAt: number
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
  const { hostname, port } = new URL(plan.origin)
  const accepted: Took = { due: [], sent: [] }
  const refused: Took = { due: [], sent: [] }
  // Answers of one status are all of one length, so most are known to be whole by their length alone.
  const lengths = new Map<number, number>()
  const late: number[] = []
  const free: Connection[] = []
  const due: number[] = []
  let dueRead = 0
  let open = 0
  let sent = 0
  let waiting = 0
  let broken = 0
  let started = false
  let ending = false

  function write(connection: Connection, dueAt: number): void {
    const request = send(sent++)
    connection.sentAt = performance.now()
    connection.dueAt = dueAt
    late.push(connection.sentAt - dueAt)
    waiting++
    if (connection.socket!.write(request) !== request.length) connection.socket!.end()
  }

  function next(connection: Connection): void {
    if (ending) return
    if (plan.perSecond === undefined && started) write(connection, performance.now())
    else if (dueRead < due.length) write(connection, due[dueRead++]!)
    else free.push(connection)
  }

  function answered(connection: Connection, chunk: Buffer): void {
    if (connection.rest === '' && lengths.get(chunk[statusAt]!) === chunk.length) {
      take(connection, chunk[statusAt]!)
      return
    }
    const text = connection.rest + chunk.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = head < 0 ? undefined : /content-length: *(\d+)/i.exec(text)?.[1]
    if (length === undefined || text.length < head + 4 + Number(length)) {
      connection.rest = text
      return
    }
    connection.rest = ''
    lengths.set(text.charCodeAt(statusAt), text.length)
    take(connection, text.charCodeAt(statusAt))
  }

  function take(connection: Connection, status: number): void {
    const now = performance.now()
    const took = status === two ? accepted : refused
    took.due.push(now - connection.dueAt)
    took.sent.push(now - connection.sentAt)
    waiting--
    next(connection)
  }

  function connect(): Promise<unknown> {
    open++
    const connection: Connection = { socket: undefined, dueAt: 0, sentAt: 0, rest: '' }
    const gone = () => {
      if (connection.socket === undefined) return
      connection.socket = undefined
      open--
      const index = free.indexOf(connection)
      if (index >= 0) free.splice(index, 1)
      else if (!ending) {
        waiting--
        broken++
      }
    }
    return Bun.connect<Connection>({
      hostname,
      port: Number(port),
      data: connection,
      socket: {
        open(socket) {
          connection.socket = socket
          next(connection)
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

  await Promise.all(Array.from({ length: plan.connections }, connect))
  const startedAt = performance.now()
  const endsAt = startedAt + plan.seconds * 1000
  if (plan.perSecond === undefined) {
    for (const connection of free.splice(0)) write(connection, startedAt)
    started = true
    await Bun.sleep(endsAt - performance.now())
  } else {
    const visitors = Math.round(plan.perSecond * plan.seconds)
    const everyMs = 1000 / plan.perSecond
    const isDone = () => due.length === visitors && dueRead === visitors && waiting === 0
    while (!isDone() && performance.now() < endsAt + answerDeadlineMs) {
      const now = performance.now()
      while (due.length < visitors && startedAt + due.length * everyMs <= now)
        due.push(startedAt + due.length * everyMs)
      while (dueRead < due.length && free.length > 0) write(free.pop()!, due[dueRead++]!)
      const wanted = Math.min(due.length - dueRead, (plan.connectionsMax ?? plan.connections) - open)
      for (let more = 0; more < wanted; more++) void connect()
      await Bun.sleep(1)
    }
  }
  const durationUs = (performance.now() - startedAt) * 1000
  ending = true
  const unanswered = plan.perSecond === undefined ? 0 : waiting + due.length - dueRead
  const us = (figures: readonly number[], share: number) =>
    Math.round(percentile(Float64Array.from(figures).sort(), share) * 1000)
  return {
    requests: accepted.due.length + refused.due.length,
    durationUs: Math.round(durationUs),
    refused: refused.due.length,
    broken: broken + unanswered,
    p50Us: us(accepted.due, 0.5),
    p95Us: us(accepted.due, 0.95),
    p99Us: us(accepted.due, 0.99),
    sentP99Us: us(accepted.sent, 0.99),
    refusedSentP99Us: us(refused.sent, 0.99),
    lateP99Us: us(late, 0.99),
  }
}

if (import.meta.main) {
  const result = await generate(JSON.parse(process.argv[2]!) as GeneratorPlan)
  process.stdout.write(JSON.stringify(result))
  process.exit(0)
}
