import { randomBytes } from 'node:crypto'
import { createDeliveryDesk } from '../../deliveries/desk.ts'
import { createCursors } from '../../desk/cursor.ts'
import type { Today } from '../../desk/today.ts'
import { createBotCheck } from '../../events/bot.ts'
import { createEventCollector } from '../../events/collect.ts'
import { createGate } from '../../http/admin/gate.ts'
import { createOperatorGate } from '../../http/admin/operator-key.ts'
import { createSessionCookies } from '../../http/admin/session-cookie.ts'
import { type AppDeps, makeApp } from '../../http/app.ts'
import { createClientAddress } from '../../http/request/client-ip.ts'
import { corsRules, ownOriginRules } from '../../http/request/cors.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { keyOfTyped, soughtPhone } from '../../leads/phone.ts'
import { createProofGate } from '../../leads/proof.ts'
import { createSubmissionLine } from '../../leads/submit.ts'
import { createLive } from '../../live/live.ts'
import { createLog } from '../../log.ts'
import { memoryAssignments } from '../../memory/assignments.ts'
import { memoryEndpoints } from '../../memory/endpoints.ts'
import { memoryEraseRequests } from '../../memory/erase-requests.ts'
import { memoryErasures } from '../../memory/erasures.ts'
import { memoryBulks } from '../../memory/lead-bulks.ts'
import { memoryLeadDesk } from '../../memory/lead-desk.ts'
import { memoryExports } from '../../memory/lead-exports.ts'
import { memoryViews } from '../../memory/lead-views.ts'
import { createMemoryLeads } from '../../memory/leads.ts'
import { memoryLiveStore } from '../../memory/live-store.ts'
import { memoryMedia } from '../../memory/media.ts'
import { memoryOperatorKeys } from '../../memory/operator-keys.ts'
import { memoryOperators } from '../../memory/operators.ts'
import { memoryQueue } from '../../memory/queue.ts'
import { memorySources } from '../../memory/sources.ts'
import { theSystem } from '../../operators/audit.ts'
import { createElsewhere } from '../../operators/elsewhere.ts'
import { createEntry } from '../../operators/enter.ts'
import { newInvite } from '../../operators/invite.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import type { Passwords } from '../../operators/password.ts'
import { keyRights, type Right, type Role } from '../../operators/rights.ts'
import { createSecondFactor } from '../../operators/second-factor.ts'
import { newSession } from '../../operators/session.ts'
import { createTokens } from '../../operators/token.ts'
import { createEventMetrics } from '../../prometheus/event-metrics.ts'
import { createApiMetrics, createRegistry } from '../../prometheus/metrics.ts'
import { createPageMetrics } from '../../prometheus/page-metrics.ts'
import { createProblemMetrics } from '../../prometheus/problem-metrics.ts'
import { createSeal } from '../../seal.ts'
import { createDeviceReader } from '../../words/device.ts'
import { createWordReader } from '../../words/reader.ts'
import { wideBudget } from './budget.ts'
import { iranAside } from './phones-aside.ts'
import { problemsForTest } from './problems.ts'

const origin = 'http://localhost'
const secret = 'k'.repeat(32)
const dedupWindowMs = 86_400_000
const made = { by: theSystem, action: 'key.made' } as const
/** As real ones, but for the work. */
const plainPasswords: Passwords = {
  hash: async (password) => password,
  verify: async (password, hash) => password === hash,
}
const pageExperiments = { hero: ['a', 'b'] }

/** An entry of the log, read back. */
const nothingToday: Today = {
  ...{ hours: [], untouched: null, quarantined: { count: 0, latest: [] } },
  deliveries: { waiting: 0, oldestWaitingS: 0, parked: 0 },
}

export type LogEntry = Readonly<{
  level: string
  event: string
  requestId?: string
  [field: string]: unknown
}>

/**
 * Every route of the API on stores in memory, with the key of an operator and what the log said. `change` replaces
 * parts before the routes are made.
 */
export async function memoryApp(change: (deps: AppDeps) => AppDeps = (deps) => deps) {
  const entries: LogEntry[] = []
  const write = (text: string) => entries.push(JSON.parse(text) as LogEntry)
  const log = createLog({ level: 'debug', process: 'test', write })
  const registry = createRegistry('test')
  const problems = { ...problemsForTest(write), metrics: createProblemMetrics(registry) }
  const cors = corsRules([], origin)
  const clientAddress = createClientAddress([])
  const keyedHash = createKeyedHash(secret)
  const leads = createMemoryLeads({ dedupWindowMs })
  const liveStore = memoryLiveStore()
  const live = createLive({ store: liveStore, pageExperiments: () => pageExperiments, pollEveryMs: 60_000 })
  const keys = memoryOperatorKeys()
  const operator = newOperatorKey('Sara', { rights: keyRights })
  await keys.add(operator.kept, made)
  await live.reload()
  const isBot = createBotCheck()
  const deviceOf = createDeviceReader()
  const pagePaths = () => new Set(['/', '/en', '/fa', '/spring'])
  const words = createWordReader(() => ({
    first: 'hero',
    parts: new Set(['hero.a', 'hero.b']),
    stopped: new Set(),
    unread: new Set(),
  }))
  const shared = { nowMs: Date.now, randomBytes: () => randomBytes(9), onFallback() {}, onUnavailable() {} }
  const operators = memoryOperators()
  const leadDesk = memoryLeadDesk(operators.audit.note)
  const erasures = memoryErasures()
  const eraseRequests = memoryEraseRequests(operators.audit.note, erasures)
  const bulks = memoryBulks(leadDesk, operators.audit.note)
  const cookies = createSessionCookies({ secure: false })
  const factor = createSecondFactor({
    factors: operators.factors,
    seal: createSeal(secret, 'second factors'),
    issuer: 'Landfast',
    nowMs: Date.now,
  })
  const entry = createEntry({
    ...{ ...operators, factor, factorRequired: false },
    passwords: plainPasswords,
    tries: { ofClient: () => 0, ofClientAt: () => 0, ofStrangersAt: () => 0, ofCodes: () => 0 },
    mayNoteStranger: () => true,
    markOf: (accountId) => keyedHash(accountId),
    nowMs: Date.now,
  })
  const elsewhere = createElsewhere({
    ...{ ...operators, entry, provider: undefined, roles: new Map() },
    seal: createSeal(secret, 'signing in'),
    tryOf: () => 0,
    nowMs: Date.now,
  })
  const tokens = createTokens({ secretKey: secret, issuer: origin, nowMs: Date.now })
  const gate = createGate({
    keys: createOperatorGate({
      ...{ keys, tokens },
      clientAddress,
      refusals: { take: () => 0 },
      refused() {},
      nowMs: () => performance.now(),
    }),
    ...{ entry, cookies, clientAddress },
    refusals: { take: () => 0 },
  })
  const door = { gate, budget: wideBudget, origins: ownOriginRules(origin), problems, nowMs: Date.now }

  const deps: AppDeps = {
    leads: {
      line: createSubmissionLine({ ...shared, postgres: leads, keyedHash, dedupWindowMs }),
      lookups: [leads],
      cors,
      rateLimit: { take: () => 0 },
      proofs: createProofGate({
        required: () => false,
        difficultyBits: () => 4,
        keyedHash,
        claims: [leads],
        dedupWindowMs,
        nowMs: Date.now,
      }),
      correct: async () => {},
      clientAddress,
      keyedHash,
      hidesDuplicates: false,
      deviceOf,
      pagePaths,
      mayLog: () => true,
      nowMs: Date.now,
      metrics: createApiMetrics(registry),
      problems,
    },
    events: {
      collector: createEventCollector({
        ...shared,
        postgres: { async commit() {} },
        words,
        isBot,
        deviceOf,
        onExposureLost() {},
      }),
      rules: {
        types: new Set(['page_view']),
        words,
        attribution: () => undefined,
        withoutPhones: iranAside,
        pagePaths,
      },
      isBot,
      deviceOf,
      cors,
      budget: { take: () => 0 },
      clientAddress,
      metrics: createEventMetrics(registry),
      problems,
    },
    stats: {
      reader: { counts: async () => [], vitals: async () => [] },
      firstExperiment: () => 'hero',
      isCounted: (name) => name === 'hero',
      door,
    },
    visitorFlags: { live, cors, problems },
    assign: { live, assignments: memoryAssignments(), exposed() {}, mayRecord: () => true, cors, problems },
    admin: {
      door,
      live,
      editor: liveStore,
      announce: async () => ({ version: await live.reload(), live: true, processes: 1 }),
      pageExperiments: () => pageExperiments,
      deliveries: () => deliveryDesk,
      ...operators,
      results: {
        counted: async () => ({ days: [], robots: new Map(), byDevice: new Map() }),
        changes: async () => [],
      },
      today: {
        read: async () => nothingToday,
        variants: async () => [],
        answers: async () => ({ outcomes: {}, p95Ms: null }),
        refusedMost: async () => [],
      },
      ...{ sources: memorySources(), timeZone: 'UTC', ...memoryQueue() },
      leadDesk,
      erasures,
      exports: memoryExports(),
      views: memoryViews(operators.audit.note),
      eraseRequests,
      ...{ bulks, goOnWithBulk: (id: string) => void bulks.step(id) },
      people: { look: async () => ({ leads: 1 }), copy: async () => ({ leads: [] }) },
      backupsKeptDays: 30,
      cursors: createCursors(keyedHash),
      phoneKeyOf: (typed) => keyOfTyped(keyedHash, typed, undefined),
      soughtPhone: (typed) => soughtPhone(keyedHash, typed, undefined),
      ...{ entry, elsewhere, factor, tokens, cookies, clientAddress, publicUrl: origin, nowMs: Date.now },
      log,
    },
    page: {
      built: {
        current: () => ({ files: new Map() }),
        experiments: () => pageExperiments,
      },
      live,
      exposed() {},
      mayRecord: () => true,
      metrics: createPageMetrics(registry),
      publicUrl: origin,
    },
    media: { media: memoryMedia(), problems },
    health: {
      probes: [],
      refusesBecause: async () => undefined,
      version: 'test',
      nowMs: () => performance.now(),
    },
    metrics: { scrape: () => registry.metrics() },
    publicUrl: origin,
    allowedHosts: [],
    problems,
  }
  const deliveryDesk = createDeliveryDesk({
    keeper: memoryEndpoints(),
    sender: {
      send: async () => ({ status: 200, body: 'thanks' }),
      refusal: async (url) => (url.includes('10.0.0.1') ? 'it is not on the open internet' : undefined),
    },
    seal: createSeal(secret),
    timeZone: 'UTC',
    nowMs: Date.now,
  })
  const app = makeApp(change(deps))
  return {
    app,
    key: operator.text,
    /** The key of an operator who may do just this. */
    async keyFor(...rights: readonly Right[]): Promise<string> {
      const { text, kept } = newOperatorKey('')
      await keys.add({ ...kept, rights: new Set(rights) }, made)
      return text
    },
    ...{ operators, keys, eraseRequests },
    leadDesk,
    /** The cookie of somebody of this role who has just signed in, and whose session began so long ago. */
    async cookieOf(role: Role, agoMs = 0): Promise<string> {
      const id = crypto.randomUUID()
      const account = { id, email: `${id}@example.com`, name: 'Ann', role, passwordHash: 'a password' }
      const invite = newInvite({ role }, Date.now()).kept
      await operators.accounts.invite(invite, made)
      await operators.accounts.join(invite.id, account, made)
      const { token, kept } = newSession(id, { client: '', agent: '' }, Date.now() - agoMs)
      await operators.sessions.begin(kept, made, { account: { hasSecondFactor: false } })
      return `lf_desk=${token}`
    },
    entries,
    /** What the log said of the request that got this answer. */
    entriesOf: (answer: Response) => {
      const id = answer.headers.get('x-request-id')
      return entries.filter(({ requestId }) => requestId === id)
    },
    figure: async (series: string) =>
      Number((await registry.metrics()).match(new RegExp(`^${series}.* (\\S+)$`, 'm'))?.[1]),
    ask: (path: string, init: RequestInit = {}) =>
      app.handle(
        new Request(`${origin}${path}`, { ...init, headers: { host: 'localhost', ...init.headers } }),
      ),
  }
}
