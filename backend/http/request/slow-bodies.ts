import type { Peer } from './client-ip.ts'

/** Ends connections whose bodies take long, however steadily they drip. */
export type SlowBodies = Readonly<{
  /** The body of this request is read from now on. */
  coming(request: Request, peer: Peer): void
  /** It is there, or will not come. */
  arrived(request: Request): void
  stop(): void
}>

/**
 * Cuts bodies that are still coming after one to two times `sweepMs`. A timer for each request would cost more than to
 * look at all of them now and then. `idleTimeoutS` is what the server grants an answer.
 */
export function createSlowBodies(options: { sweepMs: number; idleTimeoutS: number }): SlowBodies {
  let young = new Map<Request, Peer>()
  let old = new Map<Request, Peer>()
  const cut = new Map<Request, Peer>()

  const sweep = setInterval(() => {
    // The server looks at its timeouts every few seconds; no byte that comes meanwhile puts this one off.
    for (const [request, peer] of old) peer?.timeout?.(request, 1)
    for (const [request, peer] of old) cut.set(request, peer)
    old = young
    young = new Map()
  }, options.sweepMs)
  sweep.unref()

  return {
    coming: (request, peer) => void young.set(request, peer),
    arrived(request) {
      if (young.delete(request) || old.delete(request)) return
      // Its last byte came in the last second. The answer may take longer than that.
      cut.get(request)?.timeout?.(request, options.idleTimeoutS)
      cut.delete(request)
    },
    stop() {
      clearInterval(sweep)
      for (const each of [young, old, cut]) each.clear()
    },
  }
}
