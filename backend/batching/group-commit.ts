import { unavailable } from '../problem.ts'

export type GroupCommitOptions<Item, Result> = Readonly<{
  /** Commits one group and resolves with one result an item, in order. */
  commit(items: readonly Item[]): Promise<readonly Result[]>
  /** What an item adds to its group, in the unit of `sizeMax`: roughly its bytes, to keep a group near one network write. */
  sizeOf(item: Item): number
  itemsMax: number
  sizeMax: number
  /**
   * How many commits may be on their way at once. A group that is full leaves as long as there are fewer; one with room
   * left waits until nothing is on its way, and gathers company meanwhile.
   */
  inFlightMax: number
  /**
   * The least time from the beginning of one commit to that of the next, where a commit costs more than to wait for
   * company; 0 where nobody waits. Who comes after a pause leaves at once all the same, and what is
   * more than one group holds waits for no further one.
   */
  gapMs?: number | (() => number)
  /** How it is called back when the gap is over. Absent: by a timer of its own. */
  wake?: Wake
  /** The waiting room; one more is refused at once. To refuse costs nearly as much as to take, so it is a wide one. */
  waitingMax: number
  /** The waiting room, where several have one together. */
  room?: { taken: number }
}>

/** Calls back after so long, or sooner. */
export type Wake = (start: () => void, afterMs: number) => unknown

/** Wakes all who wait as soon as the time of one has come: commits that begin together cost less. */
export function wakeTogether(): Wake {
  const waiting = new Map<() => void, ReturnType<typeof setTimeout>>()
  function wakeAll(): void {
    const all = [...waiting]
    waiting.clear()
    for (const [start, timer] of all) {
      clearTimeout(timer)
      start()
    }
  }
  return (start, afterMs) => waiting.set(start, setTimeout(wakeAll, afterMs))
}

export type GroupCommit<Item, Result> = Readonly<{
  /** @throws Problem `unavailable` at once when the waiting room is full, and whatever `commit` rejects with. */
  add(item: Item): Promise<Result>
  /** As `add`, for those who need no result of their own: everybody in a group waits for one promise. */
  join(item: Item): Promise<unknown>
  waiting(): number
  /** Resolves once nothing waits and nothing is in flight. */
  idle(): Promise<void>
}>

type Group<Item, Result> = {
  items: Item[]
  size: number
  done: Promise<readonly Result[]>
  resolve: (results: readonly Result[]) => void
  reject: (error: unknown) => void
}

/**
 * Items that arrive while a commit is in flight wait and go with the next one. Alone, an item leaves at once; under
 * load, groups grow to what one commit can carry, so the cost of a commit is shared. Only `gapMs` sets a timer.
 */
export function createGroupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const { gapMs = 0, wake = setTimeout, room = { taken: 0 } } = options
  const gapNow = typeof gapMs === 'number' ? () => gapMs : gapMs
  const groups: Group<Item, Result>[] = []
  let waiting = 0
  let inFlight = 0
  let scheduled = false
  let startedAtMs = Number.NEGATIVE_INFINITY
  let idleWaiters: (() => void)[] = []

  /** The last group that waits, or a new one behind it where there is no room. */
  function groupFor(size: number): Group<Item, Result> {
    const last = groups.at(-1)
    if (last && last.items.length < options.itemsMax && last.size + size <= options.sizeMax) return last
    const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>()
    const group = { items: [], size: 0, done: promise, resolve, reject }
    groups.push(group)
    return group
  }

  /** Undefined: the waiting room is full. */
  function place(item: Item): Group<Item, Result> | undefined {
    if (room.taken >= options.waitingMax) return undefined
    const size = options.sizeOf(item)
    const group = groupFor(size)
    group.items.push(item)
    group.size += size
    waiting++
    room.taken++
    if (mayStart()) startSoon()
    return group
  }

  // Whoever has a group behind is full.
  function mayStart(): boolean {
    return inFlight === 0 ? groups.length > 0 : groups.length > 1 && inFlight < options.inFlightMax
  }

  async function run(group: Group<Item, Result>): Promise<void> {
    try {
      const results = await options.commit(group.items)
      if (results.length !== group.items.length)
        throw new Error('a commit answered for another number of items')
      group.resolve(results)
    } catch (error) {
      group.reject(error)
    } finally {
      inFlight--
      start()
    }
  }

  function start(isTime = false): void {
    while (mayStart()) {
      if (gapMs !== 0) {
        const nowMs = performance.now()
        if (!isTime && groups.length === 1 && nowMs - startedAtMs < gapNow()) {
          startSoon()
          return
        }
        startedAtMs = nowMs
      }
      const group = groups.shift()!
      waiting -= group.items.length
      room.taken -= group.items.length
      inFlight++
      void run(group)
    }
    if (groups.length === 0 && inFlight === 0) {
      for (const wake of idleWaiters) wake()
      idleWaiters = []
    }
  }

  // Requests that were read from their sockets in the same turn of the event loop share a commit.
  function startSoon(): void {
    if (scheduled) return
    scheduled = true
    const leftMs = gapMs === 0 ? 0 : gapNow() - (performance.now() - startedAtMs)
    if (leftMs > 0) wake(startNow, leftMs)
    else setImmediate(startNow)
  }

  function startNow(): void {
    scheduled = false
    start(true)
  }

  const full = () => Promise.reject(unavailable('Too many at once. Try again in a moment.'))

  return {
    add(item) {
      const group = place(item)
      if (!group) return full()
      const index = group.items.length - 1
      return group.done.then((results) => results[index]!)
    },
    join: (item) => place(item)?.done ?? full(),
    waiting: () => waiting,
    idle() {
      if (groups.length === 0 && inFlight === 0) return Promise.resolve()
      return new Promise((resolve) => idleWaiters.push(resolve))
    },
  }
}
