import { unavailable } from '../problem.ts'

export type GroupCommitOptions<Item, Result> = Readonly<{
  /** Commits one group and resolves with one result an item, in order. */
  commit(items: readonly Item[]): Promise<readonly Result[]>
  /** A rough size, to keep a group near one network write. */
  sizeOf(item: Item): number
  itemsMax: number
  bytesMax: number
  inFlightMax: number
  /** The waiting room; one more is refused at once. */
  waitingMax: number
}>

export type GroupCommit<Item, Result> = Readonly<{
  /** @throws Problem `unavailable` at once when the waiting room is full, and whatever `commit` rejects with. */
  add(item: Item): Promise<Result>
  waiting(): number
  /** Resolves once nothing waits and nothing is in flight. */
  idle(): Promise<void>
}>

type Waiting<Item, Result> = {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Items that arrive while a commit is in flight wait and go with the next one. There is no timer: alone, an item
 * leaves at once; under load, groups grow to what one commit can carry, so the cost of a commit is shared.
 */
export function createGroupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  let room: Waiting<Item, Result>[] = []
  let inFlight = 0
  let scheduled = false
  let idleWaiters: (() => void)[] = []

  function next(): Waiting<Item, Result>[] {
    let bytes = 0
    let count = 0
    while (count < room.length && count < options.itemsMax) {
      bytes += options.sizeOf(room[count]!.item)
      if (count > 0 && bytes > options.bytesMax) break
      count++
    }
    if (count === room.length) {
      const all = room
      room = []
      return all
    }
    return room.splice(0, count)
  }

  async function run(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.commit(group.map((waiting) => waiting.item))
      if (results.length !== group.length) throw new Error('a commit answered for another number of items')
      for (let index = 0; index < group.length; index++) group[index]!.resolve(results[index]!)
    } catch (error) {
      for (const waiting of group) waiting.reject(error)
    } finally {
      inFlight--
      start()
    }
  }

  function start(): void {
    while (room.length > 0 && inFlight < options.inFlightMax) {
      inFlight++
      void run(next())
    }
    if (room.length === 0 && inFlight === 0) {
      for (const wake of idleWaiters) wake()
      idleWaiters = []
    }
  }

  // Requests that were read from their sockets in the same turn of the event loop share a commit.
  function startSoon(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      start()
    })
  }

  return {
    add(item) {
      if (room.length >= options.waitingMax)
        return Promise.reject(unavailable('Too many submissions at once. Try again in a moment.'))
      return new Promise((resolve, reject) => {
        room.push({ item, resolve, reject })
        if (inFlight < options.inFlightMax) startSoon()
      })
    },
    waiting: () => room.length,
    idle() {
      if (room.length === 0 && inFlight === 0) return Promise.resolve()
      return new Promise((resolve) => idleWaiters.push(resolve))
    },
  }
}
