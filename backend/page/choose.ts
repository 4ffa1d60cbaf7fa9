import { createHash } from 'node:crypto'
import { partsOf, rolloutName, wordOf } from '../words/word.ts'
import { firstVariants, type PageManifest, pageKey } from './manifest.ts'
import type { FlagValues, PageSnapshot } from './ports.ts'

/** What a page is made from. */
export type PageSources = Readonly<{ manifest: PageManifest; snapshot: PageSnapshot }>

/** Which page somebody gets. */
export type PageChoice = Readonly<{
  language: string
  variants: Readonly<Record<string, string>>
  flags: FlagValues
  /** What the visitor's cookie keeps, and what tells this page from the others of its language. */
  word: string
  /** What the page shows. Differs from `word` while an experiment is stopped: then that keeps what is not shown. */
  shownWord: string
  /** Its place in the manifest. */
  key: string
  /** Variants of running experiments that this visitor has not had before. */
  decided: Readonly<Record<string, string>>
}>

/**
 * The page of a visitor. Variants in `word` are kept as long as the page can draw them; others come from `shown`, the word
 * of a page that they look at already, else from the visitor's id. A stopped experiment shows its first variant: who was
 * dealt one keeps it for later, and nobody is dealt one anew. The same visitor with the word of the answer gets the same answer again.
 */
export function choosePage(
  { manifest, snapshot }: PageSources,
  visitor: Readonly<{ id: string; isNew?: boolean; language: string; word?: string; shown?: string }>,
): PageChoice {
  const kept = partsOf(visitor.word ?? '')
  const shown = drawnOf(manifest, partsOf(visitor.shown ?? ''))
  const variants: Record<string, string> = {}
  const decided: Record<string, string> = {}
  const dealt: [string, string][] = []
  for (const [name, drawn] of Object.entries(manifest.experiments)) {
    const before = kept.get(name) ?? ''
    const isKept = drawn.includes(before)
    if (!snapshot.experiments.get(name)?.running) {
      variants[name] = drawn[0]!
      if (isKept && !visitor.isNew) dealt.push([name, before])
      continue
    }
    const variant = isKept ? before : (shown[name] ?? snapshot.variantOf(name, visitor.id))
    variants[name] = drawn.includes(variant) ? variant : drawn[0]!
    dealt.push([name, variants[name]])
    if (!isKept || visitor.isNew) decided[name] = variants[name]
  }
  const flags = snapshot.flagsFor(visitor.id)
  const partial = partialFlags(snapshot, flags)
  return choice(manifest, {
    language: visitor.language,
    variants,
    flags,
    decided,
    word: wordOf([...dealt, ...partial]),
    shownWord: wordOf([...Object.entries(variants), ...partial]),
  })
}

/**
 * The page of visitors who bring nothing but an id that is new: as `choosePage` has it. A spot brings thousands of them a
 * second, who get one of a few pages, so only their variants are found anew for each.
 */
export function newcomersOf(sources: PageSources): (id: string, language: string) => PageChoice {
  const { manifest, snapshot } = sources
  const choose = (id: string, language: string) => choosePage(sources, { id, isNew: true, language })
  if (Object.keys(snapshot.flagsFor(undefined)).some((flag) => snapshot.isPartial(flag))) return choose
  const running = Object.keys(manifest.experiments).filter((name) => snapshot.experiments.get(name)?.running)
  const known = new Map<string, PageChoice>()
  return (id, language) => {
    let key = language
    for (const name of running) key += ` ${snapshot.variantOf(name, id)}`
    let page = known.get(key)
    if (!page) {
      page = choose(id, language)
      known.set(key, page)
    }
    return page
  }
}

/**
 * The page of nobody in particular: first variants, or those that `kept` holds and the page can draw, and no flag that
 * is rolled out to a part only.
 */
export function firstPage(
  { manifest, snapshot }: PageSources,
  wanted: Readonly<{ language: string; kept?: ReadonlyMap<string, string> }>,
): PageChoice {
  const variants = { ...firstVariants(manifest), ...drawnOf(manifest, wanted.kept) }
  const flags = snapshot.flagsFor(undefined)
  const word = wordOf(Object.entries(variants))
  return choice(manifest, { language: wanted.language, variants, flags, decided: {}, word, shownWord: word })
}

/**
 * The page an operator wants to look at: `asked` may name variants and flags of the page; everything else stands as for
 * nobody in particular, or as in the operator's own `word`. Undefined when it names nothing that the page can draw.
 */
export function previewPage(
  sources: PageSources,
  wanted: Readonly<{ language: string; asked: string; word?: string }>,
): PageChoice | undefined {
  const { manifest } = sources
  const asked = partsOf(wanted.asked)
  const switched = manifest.flags
    .filter((name) => ['on', 'off'].includes(asked.get(name) ?? ''))
    .map((name) => [name, asked.get(name) === 'on'] as const)
  if (Object.keys(drawnOf(manifest, asked)).length === 0 && switched.length === 0) return undefined
  const kept = new Map([...partsOf(wanted.word ?? ''), ...asked])
  const { language, variants, flags, word } = firstPage(sources, { language: wanted.language, kept })
  const shown = { ...flags, ...Object.fromEntries(switched) }
  return choice(manifest, { language, variants, flags: shown, decided: {}, word, shownWord: word })
}

const choice = (manifest: PageManifest, page: Omit<PageChoice, 'key'>): PageChoice => ({
  ...page,
  key: pageKey(manifest, page),
})

function drawnOf(manifest: PageManifest, parts: ReadonlyMap<string, string> = new Map()) {
  const drawn: Record<string, string> = {}
  for (const [name, variants] of Object.entries(manifest.experiments)) {
    const variant = parts.get(name)
    if (variant !== undefined && variants.includes(variant)) drawn[name] = variant
  }
  return drawn
}

/**
 * The flags in which visitors differ. The version stands beside them: a page that caches keep by its word must not
 * outlive a change of who is in the roll-out, although the word of those who stay could remain the same.
 */
function partialFlags(snapshot: PageSnapshot, flags: FlagValues): (readonly [string, string])[] {
  const partial = Object.entries(flags).filter(([name]) => snapshot.isPartial(name))
  if (partial.length === 0) return []
  return [
    ...partial.map(([name, value]) => [name, inWord(value)] as const),
    [rolloutName, String(snapshot.version)] as const,
  ]
}

/** A value as a word can hold it. */
function inWord(value: FlagValues[string]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return createHash('sha256').update(String(value)).digest('hex').slice(0, 8)
}
