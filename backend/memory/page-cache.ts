import type { PageCache } from '../page/ports.ts'

/** A page cache that keeps state like the real one, shared by all who hold it, and can be told to be away. */
export function memoryPageCache(now: () => number = Date.now): PageCache & { away: boolean } {
  const pages = new Map<string, { html: string; untilMs: number }>()
  const listeners: (() => void)[] = []
  return {
    away: false,
    async get(build) {
      const page = pages.get(build)
      return !this.away && page && page.untilMs > now() ? page.html : undefined
    },
    async set(build, html, ttlMs) {
      if (!this.away) pages.set(build, { html, untilMs: now() + ttlMs })
    },
    async flush() {
      if (this.away) throw new Error('the page cache is away')
      const count = pages.size
      pages.clear()
      for (const forget of listeners) forget()
      return count
    },
    onFlush(forget) {
      listeners.push(forget)
    },
  }
}
