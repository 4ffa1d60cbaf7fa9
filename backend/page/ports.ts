/**
 * Where API processes share the pages of a build, so that all of them serve the same ones.
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

export type FlagValues = Readonly<Record<string, boolean | number | string>>

/** Experiments and flags at one moment, as far as the page needs them. Asks nobody, and never changes. */
export interface PageSnapshot {
  /** Grows with every change. */
  readonly version: number
  readonly experiments: ReadonlyMap<string, Readonly<{ running: boolean }>>
  /** The variant of a visitor who has none yet. */
  variantOf(experiment: string, visitorId: string): string
  /** Without a visitor, what is rolled out to a part only stays at its default. */
  flagsFor(visitorId: string | undefined): FlagValues
  /** Whether visitors differ in this flag. */
  isPartial(flag: string): boolean
}

/** What experiments and flags are now. */
export interface PageLive {
  /** The same object until something changes. */
  current(): PageSnapshot
  /** False: nothing is known yet of what operators decided. */
  isLoaded(): boolean
}

/** A visitor who was just given variants, and saw the page with them. */
export type Exposure = Readonly<{
  visitorId: string
  /** By experiment; of those that run, the ones that this visitor has not had before. */
  variants: Readonly<Record<string, string>>
  /** The address that was asked for, with its campaign parameters. */
  url: string
  referrer: string
  userAgent: string
}>

/** Takes note of an exposure. Never throws and never keeps the page waiting; what it cannot keep it counts. */
export type RecordExposure = (exposure: Exposure) => void

/** What became of visits that is worth counting. */
export type PageMetrics = Readonly<{
  /** A visitor was given variants. */
  exposed(): void
  /** The page was not the one that experiments and flags ask for. */
  fallback(reason: FallbackReason): void
}>

/** Why: no page is built, it was built without this combination, or nothing is known yet of what operators decided. */
export type FallbackReason = 'no_page' | 'not_drawn' | 'no_configuration'
export const fallbackReasons: readonly FallbackReason[] = ['no_page', 'not_drawn', 'no_configuration']
