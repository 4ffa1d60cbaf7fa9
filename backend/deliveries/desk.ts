import { randomUUID } from 'node:crypto'
import { InvalidFields } from '../problem.ts'
import type { Seal } from '../seal.ts'
import { type Endpoint, type NewEndpoint, openSettings, readEndpoint, sealSettings } from './endpoint.ts'
import { testMessage } from './message.ts'
import type { EndpointFigures, KeptAttempt, KeptChange, ReplayRange, Sender } from './ports.ts'
import { newSecret, rotated } from './signature.ts'
import type { Answer, EndpointSettings, OutboundRequest, Outcome } from './target.ts'
import { targets } from './targets.ts'

/** What operators do with endpoints, kept somewhere. Rejects while it is away. */
export interface EndpointKeeper {
  endpoints(): Promise<readonly Endpoint[]>
  figures(): Promise<ReadonlyMap<string, EndpointFigures>>
  /** Resolves with false where another has this name. */
  add(endpoint: Omit<Endpoint, 'state' | 'since'>): Promise<boolean>
  /** Resolves with false where another has changed it meanwhile; nothing is changed then. */
  reseal(endpoint: Pick<Endpoint, 'id' | 'sealed'>, sealed: Uint8Array, host?: string): Promise<boolean>
  setState(id: string, state: 'on' | 'paused', because?: string): Promise<void>
  recover(id: string, since: Date | undefined): Promise<number>
  replay(id: string, range: ReplayRange, really: boolean): Promise<number>
  attempts(
    of: Readonly<{ endpointId?: string; leadId?: string }>,
    most: number,
  ): Promise<readonly KeptAttempt[]>
  remove(id: string): Promise<void>
  /** Since when nothing is sent to anybody, because the database was put back. */
  heldSince(): Promise<Date | undefined>
  letGo(): Promise<void>
  /** Writes down that it was tested. */
  tested(name: string, outcome: string): Promise<void>
  /** What was done about endpoints, the latest first. */
  changes(name: string | undefined, most: number): Promise<readonly KeptChange[]>
}

/** An endpoint as operators see it. */
export type EndpointReport = Readonly<{ endpoint: Omit<Endpoint, 'sealed'>; figures: EndpointFigures }>

/** What a test came to: what was sent, with secrets and headers of the operator's own hidden, and what was said. */
export type TestReport = Readonly<{
  request: OutboundRequest
  answer: Answer
  outcome: Outcome
  tookMs: number
}>

/** Something that an operator asked for and that cannot be; the message says why, and what to do. */
export class DeskFault extends Error {
  constructor(
    readonly kind: 'unknown' | 'refused',
    message: string,
  ) {
    super(message)
  }
}

export type DeliveryDeskDeps = Readonly<{
  keeper: EndpointKeeper
  sender: Sender
  seal: Seal
  timeZone: string
  nowMs(): number
}>

/** All that operators can do about deliveries, whether they type it or click it. */
export function createDeliveryDesk({ keeper, sender, seal, timeZone, nowMs }: DeliveryDeskDeps) {
  async function find(name: string): Promise<Endpoint> {
    const found = (await keeper.endpoints()).find((endpoint) => endpoint.name === name)
    if (!found)
      throw new DeskFault('unknown', 'There is no endpoint of this name; the list has all there are.')
    return found
  }

  function settingsOf(endpoint: Endpoint): EndpointSettings {
    try {
      return openSettings(seal, endpoint)
    } catch {
      throw new DeskFault(
        'refused',
        `The address and secret of "${endpoint.name}" were sealed with another SECRET_KEY: remove the endpoint and add it again.`,
      )
    }
  }

  async function refuseUnsafe(url: string): Promise<void> {
    const refusal = await sender.refusal(url)
    if (refusal) throw new DeskFault('refused', `Nothing can be delivered there: ${refusal}.`)
  }

  async function reseal(endpoint: Endpoint, settings: EndpointSettings, host?: string): Promise<void> {
    const isChanged = await keeper.reseal(endpoint, sealSettings(seal, endpoint.id, settings), host)
    if (!isChanged) throw new DeskFault('refused', 'Somebody has changed it at this moment: do it again.')
  }

  return {
    async list(): Promise<readonly EndpointReport[]> {
      const [endpoints, figures] = await Promise.all([keeper.endpoints(), keeper.figures()])
      return endpoints.flatMap(({ sealed: _, ...endpoint }) => {
        const own = figures.get(endpoint.id)
        return own ? [{ endpoint, figures: own }] : []
      })
    },
    /**
     * Adds an endpoint, which is told of every lead that is stored from now on. Its secret is shown this once.
     * @throws InvalidFields, DeskFault
     */
    async add(
      given: Readonly<Record<string, unknown>>,
    ): Promise<Readonly<{ endpoint: NewEndpoint; secret?: string }>> {
      const endpoint = readEndpoint(given, { id: randomUUID(), secret: newSecret() })
      await refuseUnsafe(endpoint.settings.url)
      const { settings, ...kept } = endpoint
      const isNew = await keeper.add({ ...kept, sealed: sealSettings(seal, kept.id, settings) })
      if (!isNew) throw new InvalidFields({ name: ['taken'] })
      const secret = settings.secrets[0]?.secret
      return { endpoint, ...(secret !== undefined && { secret }) }
    },
    /** Sends a message that says nothing of anybody. */
    async test(name: string): Promise<TestReport> {
      const endpoint = await find(name)
      const settings = settingsOf(endpoint)
      const target = targets[endpoint.target]
      const message = testMessage(name, randomUUID(), new Date(nowMs()), timeZone)
      const request = target.request([message], settings, nowMs())
      const startedMs = performance.now()
      const answer = await sender.send(request)
      const outcome = target.judge(answer, nowMs())
      const tookMs = performance.now() - startedMs
      await keeper.tested(name, outcome.kind)
      const own = new Set([...Object.keys(settings.headers), 'authorization'])
      const shown = (text: string) =>
        settings.secrets.reduce((rest, { secret }) => rest.replaceAll(secret, '(hidden)'), text)
      const hidden = Object.fromEntries(
        Object.keys(request.headers).flatMap((name) => (own.has(name) ? [[name, '(hidden)']] : [])),
      )
      return {
        request: { ...request, headers: { ...request.headers, ...hidden }, body: shown(request.body) },
        answer: { ...answer, body: shown(answer.body) },
        ...{ outcome, tookMs },
      }
    },
    /** Nothing is sent until it is on again; what is stored meanwhile waits. */
    pause: async (name: string) => keeper.setState((await find(name)).id, 'paused', 'an operator paused it'),
    /** It is on again, and what waits goes out when it is due. */
    resume: async (name: string) => keeper.setState((await find(name)).id, 'on'),
    /** It is on again, and what waits or was given up is sent now, at a limited rate. Resolves with how many. */
    async recover(name: string, since: Date | undefined): Promise<number> {
      const { id } = await find(name)
      const count = await keeper.recover(id, since)
      await keeper.setState(id, 'on')
      return count
    },
    /** Sends again what was delivered; without `really` it only counts. */
    replay: async (name: string, range: ReplayRange, really: boolean) =>
      keeper.replay((await find(name)).id, range, really),
    /** Makes a new secret, shown this once; the one before signs beside it for a day. */
    async rotate(name: string): Promise<string> {
      const endpoint = await find(name)
      if (!targets[endpoint.target].hasSecret)
        throw new DeskFault(
          'refused',
          `${endpoint.target} knows us by its address, and has no secret to change.`,
        )
      const secret = newSecret()
      const settings = rotated(settingsOf(endpoint), secret, nowMs())
      await reseal(endpoint, settings)
      return secret
    },
    /**
     * Another address, token or header for an endpoint whose own is over; all else stays, and what waits for it with it.
     * @throws InvalidFields, DeskFault
     */
    async move(name: string, given: Readonly<Record<string, unknown>>): Promise<void> {
      const endpoint = await find(name)
      const before = settingsOf(endpoint)
      const changed = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      const { settings, host } = readEndpoint(
        { ...before, ...before.own, ...changed, name, target: endpoint.target },
        { id: endpoint.id, secret: newSecret() },
      )
      await refuseUnsafe(settings.url)
      await reseal(endpoint, { ...settings, secrets: before.secrets }, host)
    },
    async attempts(of: Readonly<{ name?: string; leadId?: string }>, most: number) {
      const endpointId = of.name === undefined ? undefined : (await find(of.name)).id
      return keeper.attempts(
        { ...(endpointId && { endpointId }), ...(of.leadId && { leadId: of.leadId }) },
        most,
      )
    },
    remove: async (name: string) => keeper.remove((await find(name)).id),
    heldSince: () => keeper.heldSince(),
    /** What is due is sent again after the database was put back. */
    resumeAll: () => keeper.letGo(),
    changes: (name: string | undefined, most: number) => keeper.changes(name, most),
  }
}

export type DeliveryDesk = ReturnType<typeof createDeliveryDesk>
