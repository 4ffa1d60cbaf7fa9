import { afterAll, afterEach } from 'bun:test'
import { sql } from 'kysely'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Db } from '../../postgres/connection.ts'
import { freshDatabase, freshRedis } from './engines.ts'
import { type LineOptions, startLine } from './line.ts'
import { gateTo, type TcpGate } from './tcp-gate.ts'

/** One visitor with a browser profile of its own. The lists grow while the visit lasts. */
export type Visit = Readonly<{
  page: Page
  /** What was asked of any other origin than those allowed, answered or not. */
  foreign: readonly string[]
  /** Errors in the console, broken policies among them, and exceptions that nobody caught. */
  complaints: readonly string[]
}>

export type VisitOptions = BrowserContextOptions & Readonly<{ allowedOrigins?: readonly string[] }>

export type Chromium = Readonly<{
  /** Opens the address in a fresh profile, gone after the test, and waits until it is loaded. */
  visit(url: string, options?: VisitOptions): Promise<Visit>
}>

// A name of its own: for localhost, browsers and viewers make exceptions that no visitor gets.
const publicName = 'landfast.test'

// The last flag keeps a test from reaching beyond this machine, whatever the page asks for.
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${publicName} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
]

// Past this a state is not coming; on an idle machine each takes a fraction of it.
const stateDeadlineMs = 40_000

/** The same origin by the name under which the browser also finds this machine. */
export function byPublicName(origin: string): string {
  return origin.replace('127.0.0.1', publicName)
}

/** A real browser for the tests of this file, closed when they are done. */
export async function openChromium(): Promise<Chromium> {
  const executablePath = process.env.CHROMIUM_PATH
  if (!executablePath) throw new Error('CHROMIUM_PATH is not set: run browser tests with `bun run test`')
  const browser = await chromium.launch({ executablePath, args: chromiumFlags })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(() => browser.close())
  return {
    async visit(url, { allowedOrigins = [], ...options } = {}) {
      const own = [new URL(url).origin, ...allowedOrigins]
      const context = await browser.newContext(options)
      context.setDefaultTimeout(stateDeadlineMs)
      const foreign: string[] = []
      const complaints: string[] = []
      context.on('request', (request) => {
        const { protocol, origin } = new URL(request.url())
        if (protocol !== 'data:' && protocol !== 'blob:' && !own.includes(origin)) foreign.push(request.url())
      })
      context.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      context.on('weberror', (error) => {
        complaints.push(String(error.error()))
      })
      const page = await context.newPage()
      await page.goto(url)
      return { page, foreign, complaints }
    },
  }
}

/** The production line on a database of this file's own, both gone when the tests are done. */
export async function startOwnLine(options: { redisNumber: number; env?: LineOptions['env'] }) {
  const closing: (() => unknown)[] = []
  // Registered first, to run first: the database goes when nobody uses it any more.
  afterAll(async () => {
    for (const close of closing.reverse()) await close()
  })
  const { url, db } = await freshDatabase()
  const gates: TcpGate[] = []
  const throughGate = async (address: string) => {
    const gate = await gateTo(address)
    closing.push(gate.close)
    gates.push(gate)
    return gate.url
  }
  const env = {
    DATABASE_URL: await throughGate(url),
    REDIS_URL: await throughGate(await freshRedis(options.redisNumber)),
  }
  const line = await startLine({ env: { ...env, ...options.env } })
  closing.push(line.stop)
  return {
    line,
    db,
    /** Takes Postgres and Redis away from the line, and nobody else, or gives them back. */
    setStores(state: 'open' | 'shut') {
      for (const gate of gates) gate.set(state)
    },
  }
}

export type StoredLead = Readonly<{
  id: string
  duplicate_of: string | null
  variant: string | null
  campaign: string | null
}>

/** All rows of a phone, once there is one. */
export function storedLeads(db: Db, phone: string): Promise<StoredLead[]> {
  return onceThere('a row of this phone', async () => {
    const { rows } = await sql<StoredLead>`
      select id, duplicate_of, variant, attribution->>'utm_campaign' as campaign
      from leads where phone = ${phone}`.execute(db)
    return rows.length > 0 ? rows : undefined
  })
}

/** Asks until there is an answer. */
export async function onceThere<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + stateDeadlineMs
  while (true) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`never there: ${what}`)
    await Bun.sleep(20)
  }
}
