/**
 * Where API processes share the page of a build, so that all of them serve the same one.
 * A cache that is away is an empty cache: reads and writes never reject and never take long.
 */
export interface PageCache {
  get(build: string): Promise<string | undefined>
  set(build: string, html: string, ttlMs: number): Promise<void>
  /** Forgets the page of every build, tells every process, and returns how many pages were kept. Rejects when it cannot. */
  flush(): Promise<number>
  /** Calls back after each flush, also one from another process. */
  onFlush(forget: () => void): void
}
