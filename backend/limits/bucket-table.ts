import { ipv4Number } from './ipv4.ts'

/**
 * The buckets of many clients in a few arrays. Every visitor of a spot is a client of its own, and an object for each
 * cost more in collected garbage than the rest of the limit.
 */
export type BucketTable = Readonly<{
  /** By place. A place that nobody has taken yet holds the bucket of somebody who was never there. */
  left: Float64Array
  atMs: Float64Array
  untold: Float64Array
  /** The client's place. Who has none gets that of the neighbour who was seen longest ago, with a full bucket. */
  placeOf(client: string, nowMs: number): number
  /** The client's place, or -1 where it has none or had to leave. */
  find(client: string): number
}>

const neighbours = 8

/** Makes room for about `clientsMax`, in sets of neighbours; each takes 32 bytes. */
export function createBucketTable(clientsMax: number, burst: number): BucketTable {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, clientsMax / neighbours)))
  const places = sets * neighbours
  const high = new Int32Array(places)
  const low = new Int32Array(places)
  const left = new Float64Array(places).fill(burst)
  const atMs = new Float64Array(places).fill(Number.NEGATIVE_INFINITY)
  const untold = new Float64Array(places)
  // Nobody outside can tell who will be neighbours, and so push somebody out.
  const [seed = 0, otherSeed = 0] = crypto.getRandomValues(new Uint32Array(2))
  let first = 0
  let soughtHigh = 0
  let soughtLow = 0

  /** An IPv4 address is its own name; others are known by 63 bits of two hashes. */
  function seek(client: string): void {
    const address = ipv4Number(client)
    soughtHigh = address < 0 ? Bun.hash.xxHash32(client, otherSeed) | 1 : 0
    soughtLow = address < 0 ? Bun.hash.xxHash32(client, seed) | 0 : address | 0
    let mixed = Math.imul(soughtLow ^ seed, 0x9e3779b1)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77)
    first = ((mixed ^ (mixed >>> 13)) & (sets - 1)) * neighbours
  }

  function find(client: string): number {
    seek(client)
    for (let place = first; place < first + neighbours; place++)
      if (low[place] === soughtLow && high[place] === soughtHigh) return place
    return -1
  }

  return {
    left,
    atMs,
    untold,
    find,
    placeOf(client, nowMs) {
      const known = find(client)
      if (known >= 0) return known
      let longestAgo = first
      for (let place = first + 1; place < first + neighbours; place++)
        if (atMs[place]! < atMs[longestAgo]!) longestAgo = place
      high[longestAgo] = soughtHigh
      low[longestAgo] = soughtLow
      left[longestAgo] = burst
      atMs[longestAgo] = nowMs
      untold[longestAgo] = 0
      return longestAgo
    },
  }
}
