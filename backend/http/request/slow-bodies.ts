import type { Peer } from './client-ip.ts'

/** Ends connections whose bodies take long, however steadily they drip. */
export type SlowBodies = Readonly<{
  /** The body of this request is read from now on. Returns the place that it has until then. */
  coming(request: Request, peer: Peer): number
  /** What has this place is there, or will not come. */
  arrived(place: number): void
  stop(): void
}>

/**
 * Cuts bodies that are still coming after one to two times `sweepMs`. A timer for each request would cost more than to
 * look at all of them now and then. `idleTimeoutS` is what the server grants an answer.
 */
export function createSlowBodies(options: { sweepMs: number; idleTimeoutS: number }): SlowBodies {
  // By place; those that are free are given again. Every body comes by here, most of them for less than a millisecond.
  const requests: (Request | undefined)[] = []
  const peers: Peer[] = []
  const sweeps: number[] = []
  const free: number[] = []

  const sweep = setInterval(() => {
    for (const [place, request] of requests.entries()) {
      if (!request) continue
      sweeps[place]!++
      // The server looks at its timeouts every few seconds; no byte that comes meanwhile puts this one off.
      if (sweeps[place] === sweepsToCut) peers[place]?.timeout?.(request, 1)
    }
  }, options.sweepMs)
  sweep.unref()

  return {
    coming(request, peer) {
      const place = free.pop() ?? requests.length
      requests[place] = request
      peers[place] = peer
      sweeps[place] = 0
      return place
    },
    arrived(place) {
      // Its last byte came in the last second. The answer may take longer than that.
      if (sweeps[place]! >= sweepsToCut) peers[place]?.timeout?.(requests[place]!, options.idleTimeoutS)
      requests[place] = undefined
      peers[place] = null
      free.push(place)
    },
    stop: () => clearInterval(sweep),
  }
}

const sweepsToCut = 2
