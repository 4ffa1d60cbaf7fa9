import { createGroupCommit } from '../batching/group-commit.ts'
import { withDeadline } from '../deadline.ts'
import { type Endpoint, sealSettings } from '../deliveries/endpoint.ts'
import { leadMessage } from '../deliveries/message.ts'
import type { Delivery, DeliveryStore, Sender, Settled } from '../deliveries/ports.ts'
import { nextAfter } from '../deliveries/retry.ts'
import type { Answer, OutboundRequest, Outcome } from '../deliveries/target.ts'
import { withheldBecause } from '../deliveries/wanted.ts'
import { errorFields, type Log } from '../log.ts'
import type { DeliveryMetrics } from '../prometheus/delivery-metrics.ts'
import type { Seal } from '../seal.ts'
import { tiringLog } from '../tiring-log.ts'
import { createLane, type Lane } from './delivery-lane.ts'
import { untilStored } from './until-stored.ts'

export type DeliveriesOptions = Readonly<{
  store: DeliveryStore
  sender: Sender
  seal: Seal
  publicUrl: string
  timeZone: string
  metrics: DeliveryMetrics
  nowMs(): number
  random(): number
  log: Log
}>

type Written =
  | Readonly<{ count: number; request: OutboundRequest; because?: undefined }>
  | Readonly<{ count: number; request?: undefined; because: string }>

/** What one request came to; without an outcome none was made. */
type Attempt = Readonly<{ outcome?: Outcome; settled: readonly Settled[] }>

// With endpoints: what was stored is found within this. Without: so often it is asked whether there are any.
const lookEveryMs = 200
const idleEveryMs = 2_000
const endpointsEveryMs = 2_000
// Between two looks at Postgres, however hungry a receiver is.
const breathMs = 10
const stopDeadlineMs = 10_000
const settledAtOnce = 500
const unsettledMax = 4 * settledAtOnce
// While leads come faster than they are stored this goes on, but takes little of what they need.
const rushTurnMs = 1_000
const rushRequests = 32

/**
 * Delivers what is due, beside the queue of leads: any number of workers may, and share the work through the store. What
 * goes wrong here is tried again, and holds nobody up.
 */
export function startDeliveries(options: DeliveriesOptions) {
  const { store, sender, seal, metrics, nowMs, log } = options
  const tired = tiringLog(log)
  const lanes = new Map<string, Lane>()
  const sending = new Set<Promise<void>>()
  const stopped = new AbortController()
  let stopping = false
  let isAway = false
  let hasStood = false
  let readAtMs = Number.NEGATIVE_INFINITY
  let isRush = false
  let turnAtMs = Number.NEGATIVE_INFINITY
  let wake = () => {}

  const settling = createGroupCommit<Settled, undefined>({
    async commit(settled) {
      // What was made and could not be noted would be made again.
      await untilStored(() => store.settle(settled), {
        signal: stopped.signal,
        onWait(error) {
          isAway = true
          tired.warn('delivery.wait', errorFields(error))
        },
      })
      isAway = false
      const stood = hasStood
      hasStood = false
      if (stood) for (const lane of lanes.values()) pump(lane)
      return settled.map(() => undefined)
    },
    sizeOf: () => 1,
    itemsMax: settledAtOnce,
    sizeMax: settledAtOnce,
    inFlightMax: 1,
    waitingMax: 100_000,
  })

  /** Whether more was sent than could be noted: what is sent now may have to be sent once more. */
  function isBehind(): boolean {
    const behind = isAway || settling.waiting() > unsettledMax
    hasStood ||= behind
    return behind
  }

  async function readEndpoints(): Promise<void> {
    if (performance.now() - readAtMs < endpointsEveryMs) return
    const found = await store.endpoints()
    readAtMs = performance.now()
    const ids = new Set(found.map(({ id }) => id))
    for (const id of lanes.keys()) if (!ids.has(id)) lanes.delete(id)
    for (const endpoint of found) await open(endpoint)
  }

  async function open(endpoint: Endpoint): Promise<void> {
    try {
      const lane = lanes.get(endpoint.id)
      if (lane) lane.changed(endpoint)
      else lanes.set(endpoint.id, createLane(endpoint, { seal, nowMs: () => performance.now() }))
    } catch (error) {
      lanes.delete(endpoint.id)
      if (endpoint.state !== 'on') return
      log.warn('delivery.endpoint_unreadable', { endpoint: endpoint.name, ...errorFields(error) })
      await store.park(
        endpoint,
        'its address and secret cannot be read with this SECRET_KEY: remove the endpoint and add it again',
      )
    }
  }

  /** Resolves with whether all that there was room for was there. */
  async function take(): Promise<boolean> {
    if (isBehind()) return true
    const room = new Map(
      [...lanes].map(([id, lane]) => [id, lane.room()] as const).filter(([, { most }]) => most > 0),
    )
    if (room.size === 0) return true
    const taken = Map.groupBy(await store.take(room), ({ endpointId }) => endpointId)
    for (const [id, { most }] of room) {
      lanes.get(id)!.took(taken.get(id) ?? [], most)
      pump(lanes.get(id)!)
    }
    return [...room].every(([id, { most }]) => taken.get(id)?.length === most)
  }

  function pump(lane: Lane): void {
    while (!stopping && !isBehind()) {
      const held = lane.next()
      if (held.length === 0) return
      const sent = deliver(lane, held)
        .catch((error) => tired.warn('delivery.wait', errorFields(error)))
        .finally(() => {
          sending.delete(sent)
          goOn(lane)
        })
      sending.add(sent)
    }
  }

  function goOn(lane: Lane): void {
    if (stopping) return
    pump(lane)
    if (lane.isHungry() && !isRush) wake()
  }

  async function deliver(lane: Lane, held: readonly Delivery[]): Promise<void> {
    const endpoint = lane.endpoint()
    const { wanted, name } = endpoint
    const kept = held.map((delivery) => ({
      delivery,
      because: withheldBecause(delivery, wanted),
    }))
    const due = kept.flatMap(({ delivery, because }) => (because === undefined ? [delivery] : []))
    const withheld = kept.flatMap(({ delivery, because }): Settled[] =>
      because === undefined ? [] : [{ delivery, next: { state: 'withheld', because } }],
    )
    let attempt: Attempt = { settled: [] }
    try {
      for (const _ of withheld) metrics.attempt(endpoint.target, 'withheld')
      if (due.length > 0) attempt = await send(lane, due)
    } finally {
      lane.over(due, attempt.outcome)
    }
    const { outcome, settled } = attempt
    // To note it takes longer than to send: the next one does not wait for it, unless it would go to where nothing is to go.
    if (outcome?.kind === 'delivered') goOn(lane)
    if (outcome?.kind === 'gone') {
      log.warn('delivery.parked', { endpoint: name, because: outcome.because })
      await store.park(endpoint, outcome.because)
      readAtMs = Number.NEGATIVE_INFINITY
    }
    if (outcome?.kind === 'failed' && outcome.changed) {
      const settings = lane.settings()
      const now = { ...settings, own: { ...settings.own, ...outcome.changed } }
      await store.reseal(endpoint, sealSettings(seal, endpoint.id, now))
      readAtMs = Number.NEGATIVE_INFINITY
    }
    await Promise.all([...withheld, ...settled].map((each) => settling.add(each)))
    for (const { next } of settled)
      if (next.state === 'parked') tired.warn('delivery.given_up', { endpoint: name, because: next.because })
  }

  /** One request, of as many of these as it has room for; the others are due again at once. */
  async function send(lane: Lane, due: readonly Delivery[]): Promise<Attempt> {
    const atMs = nowMs()
    const { count, request, because } = write(lane, due, atMs)
    await store.giveBack(due.slice(count))
    const startedMs = performance.now()
    const answer = request ? await sender.send(request) : { status: 0, because, body: '' }
    const tookMs = performance.now() - startedMs
    const outcome = request ? judge(lane, answer) : unfit(because)
    metrics.request(lane.endpoint().target)
    // What went together comes again together.
    const random = options.random()
    const settled = due.slice(0, count).map((delivery): Settled => {
      metrics.attempt(lane.endpoint().target, outcome.kind)
      if (outcome.kind === 'delivered') metrics.delivered((nowMs() - delivery.writtenAt.getTime()) / 1000)
      const next = nextAfter(outcome, delivery.attempt, random)
      return { delivery, next, made: { outcome, answer, at: new Date(atMs), tookMs } }
    })
    return { outcome, settled }
  }

  /** A lead that our own code fails at is tried again and given up like one that a receiver refuses. */
  function write(lane: Lane, due: readonly Delivery[], atMs: number): Written {
    try {
      const [target, settings] = [lane.target, lane.settings()]
      const messages = due.map((delivery) => leadMessage(delivery, options))
      const count = target.fits?.(messages, settings) ?? messages.length
      return { count, request: target.request(messages.slice(0, count), settings, atMs) }
    } catch (error) {
      tired.warn('delivery.unwritable', errorFields(error))
      return { count: due.length, because: `it could not be written: ${(error as Error).message}` }
    }
  }

  function judge(lane: Lane, answer: Answer): Outcome {
    try {
      return lane.target.judge(answer, nowMs())
    } catch (error) {
      tired.warn('delivery.unreadable', errorFields(error))
      return unfit(`its answer could not be read: ${(error as Error).message}`)
    }
  }

  async function look(): Promise<boolean> {
    await readEndpoints()
    const leftOver = [...lanes.values()].flatMap((lane) => lane.stale())
    await store.giveBack(leftOver)
    isRush = lanes.size > 0 && (await store.isRush())
    if (isRush) return lookInRush()
    for (const lane of lanes.values()) {
      lane.limit(Number.POSITIVE_INFINITY)
      pump(lane)
    }
    // Also what was written for somebody who is gone.
    const more = await store.distribute()
    await take()
    return more
  }

  /** A few for each, and then nothing for a while. */
  async function lookInRush(): Promise<false> {
    const isTurn = performance.now() - turnAtMs >= rushTurnMs
    for (const lane of lanes.values()) {
      lane.limit(isTurn ? Math.ceil(rushRequests / lanes.size) : 0)
      pump(lane)
    }
    if (!isTurn) return false
    turnAtMs = performance.now()
    if (!(await take())) await store.distribute(1)
    return false
  }

  async function run(): Promise<void> {
    while (!stopping) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      let more = false
      try {
        more = await look()
        tired.rested()
      } catch (error) {
        tired.warn('delivery.wait', errorFields(error))
      }
      const pauseMs = more ? 0 : lanes.size === 0 ? idleEveryMs : lookEveryMs
      await Promise.race([Bun.sleep(pauseMs), woken])
      await Bun.sleep(breathMs)
    }
  }

  const running = run()
  return {
    /** Gives back what was not begun, and waits a moment for what is on its way; another worker sends the rest again. */
    async stop(): Promise<void> {
      stopping = true
      wake()
      const ended = Promise.all([running, ...sending]).then(() => settling.idle())
      await withDeadline(ended, stopDeadlineMs, 'ending the deliveries').catch(() => {})
      stopped.abort()
      const left = [...lanes.values()].flatMap((lane) => lane.abandon())
      await store.giveBack(left).catch(() => {})
    },
  }
}

const unfit = (because: string): Outcome => ({ kind: 'failed', because, isTheirs: false })
