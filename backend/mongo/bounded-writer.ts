import { growingPause } from '../growing-pause.ts'

/** What became of a batch: kept by the store (or already there), and refused by it for good. */
export type Sent = Readonly<{ kept: number; refused: number }>

export type BoundedWriterDeps<Item> = Readonly<{
  /** Rejects when the store may take the same batch later; it is then sent again as it is. */
  send(batch: readonly Item[]): Promise<Sent>
  /** How many may wait. One more, and the oldest is dropped. */
  maxWaiting: number
  batchMax?: number
  everyMs?: number
  retryMs?: Readonly<{ least: number; most: number }>
  /** How long the store is left in peace after a batch that took it `tookMs`. Whoever flushes does not wait for that. */
  restMs?(tookMs: number): number
  onWritten(count: number): void
  onDropped(count: number): void
  /** The store stopped taking batches; told once per outage. */
  onTrouble(error: unknown): void
  onRecovered(): void
}>

/** Sends items in batches, one batch at a time. Nobody waits for it, and its memory is bounded. */
export type BoundedWriter<Item> = Readonly<{
  offer(item: Item): void
  /** Items that are neither written nor dropped yet. */
  waiting(): number
  /** Resolves once nothing waits, or at the deadline. Never rejects. */
  flush(deadlineMs: number): Promise<void>
  /** Drops, and counts, what still waits. */
  close(): void
}>

/** Every item offered is counted once, as written or as dropped, as soon as `waiting()` no longer counts it. */
export function createBoundedWriter<Item>(deps: BoundedWriterDeps<Item>): BoundedWriter<Item> {
  const { maxWaiting, batchMax = 500, everyMs = 250, retryMs = { least: 250, most: 5_000 } } = deps
  const ring = createRing<Item>(maxWaiting)
  // Never changed once composed: its answer may have been lost, and the same batch again is the way to learn it.
  let batch: Item[] | undefined
  let sending = false
  const pause = growingPause(retryMs.least, retryMs.most)
  let failing = false
  let closed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let timerIsForFew = false
  const flushing = new Set<() => void>()

  const waiting = () => ring.size() + (batch?.length ?? 0)

  const arm = (delayMs: number, isForFew = false) => {
    clearTimeout(timer)
    timerIsForFew = isForFew
    timer = setTimeout(sendNext, delayMs)
    timer.unref()
  }

  const sendNext = () => {
    clearTimeout(timer)
    timer = undefined
    if (sending || closed) return
    batch ??= ring.size() > 0 ? ring.take(batchMax) : undefined
    if (batch) void sendBatch(batch)
  }

  const sendBatch = async (current: Item[]) => {
    sending = true
    const startedAtMs = performance.now()
    try {
      const { kept, refused } = await deps.send(current)
      if (closed) return
      batch = undefined
      if (failing) deps.onRecovered()
      failing = false
      pause.reset()
      if (kept > 0) deps.onWritten(kept)
      if (refused > 0) deps.onDropped(refused)
    } catch (error) {
      if (closed) return
      if (!failing) deps.onTrouble(error)
      failing = true
    } finally {
      sending = false
    }
    const isFlushing = flushing.size > 0
    const restMs = isFlushing ? 0 : (deps.restMs?.(performance.now() - startedAtMs) ?? 0)
    if (batch) arm(pause.next())
    else if (ring.size() === 0 && isFlushing) settleFlushes()
    else if (restMs > 0) arm(restMs)
    else if (ring.size() >= batchMax || (ring.size() > 0 && isFlushing)) sendNext()
    else if (ring.size() > 0) arm(everyMs, true)
  }

  const settleFlushes = () => {
    for (const settle of flushing) settle()
  }

  return {
    waiting,
    offer(item) {
      if (closed) return deps.onDropped(1)
      if (ring.push(item)) deps.onDropped(1)
      if (sending) return
      if (!timer) arm(everyMs, true)
      // Not sent here and now: whoever offers the last one of a batch does not wait for the work either.
      else if (timerIsForFew && ring.size() >= batchMax) arm(0)
    },
    flush(deadlineMs) {
      if (waiting() === 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const settle = () => {
        clearTimeout(deadline)
        flushing.delete(settle)
        resolve()
      }
      const deadline = setTimeout(settle, deadlineMs)
      flushing.add(settle)
      sendNext()
      return promise
    },
    close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      const left = waiting()
      ring.take(ring.size())
      batch = undefined
      if (left > 0) deps.onDropped(left)
      settleFlushes()
    },
  }
}

/** A queue of bounded length that forgets its oldest item when it is full. */
function createRing<Item>(capacity: number) {
  const slots: (Item | undefined)[] = []
  let head = 0
  let size = 0
  return {
    size: () => size,
    /** Returns whether the oldest had to go. */
    push(item: Item): boolean {
      slots[(head + size) % capacity] = item
      if (size < capacity) {
        size += 1
        return false
      }
      head = (head + 1) % capacity
      return true
    },
    take(most: number): Item[] {
      const taken: Item[] = []
      for (let left = Math.min(most, size); left > 0; left -= 1) {
        taken.push(slots[head]!)
        slots[head] = undefined
        head = (head + 1) % capacity
        size -= 1
      }
      return taken
    },
  }
}
