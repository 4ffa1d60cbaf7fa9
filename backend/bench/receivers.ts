/**
 * Receivers of webhooks for the bench, as a process of their own: each path is one. They answer at once, but for those
 * whose path says that they hang.
 */

/** What came to a receiver since it was last asked: how much, and how long each message was on its way. */
export type Received = Readonly<{ count: number; p50Ms: number; p99Ms: number }>

type Kept = { count: number; tookMs: number[] }

const kept = new Map<string, Kept>()
const hangMs = 60_000

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  // Longer than any sender waits.
  idleTimeout: 120,
  async fetch(request) {
    const cameAtMs = Date.now()
    const { pathname } = new URL(request.url)
    if (request.method === 'GET') return Response.json(figures())
    if (pathname.startsWith('/hangs')) {
      await Bun.sleep(hangMs)
      return new Response('late')
    }
    const { timestamp } = (await request.json()) as { timestamp: string }
    const mine = kept.get(pathname) ?? { count: 0, tookMs: [] }
    mine.count++
    mine.tookMs.push(cameAtMs - Date.parse(timestamp))
    kept.set(pathname, mine)
    return new Response('thanks')
  },
})

/** Of all together, and then they begin anew. */
function figures(): Received {
  const tookMs = [...kept.values()].flatMap((each) => each.tookMs).toSorted((a, b) => a - b)
  const at = (share: number) =>
    tookMs[Math.min(tookMs.length - 1, Math.floor(share * tookMs.length))] ?? Number.NaN
  kept.clear()
  return { count: tookMs.length, p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.stdout.write(`${server.port}\n`)
