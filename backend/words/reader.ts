import type { FieldErrors } from '../problem.ts'
import {
  commonWord,
  isName,
  isWordLike,
  joinParts,
  nameIn,
  partOf,
  splitWord,
  wordLengthMax,
} from './word.ts'

/** What words may be made of, from the live configuration. */
export type WordNames = Readonly<{
  /** The experiment that a variant without one belongs to; '' when there is none. */
  first: string
  /** Every part a word may hold. Another object when anything here changes. */
  parts: ReadonlySet<string>
  /** Experiments that are not running: the page's cookie keeps their variants, which nobody is shown. */
  stopped: ReadonlySet<string>
  /** Names that a word of the page may hold with any value. They tell pages apart and count for nothing. */
  unread: ReadonlySet<string>
}>

/**
 * A word names what a visitor was shown: parts such as `hero.b` joined by `-`. Experiments stand in it with their
 * variant, and flags that are rolled out to a part of the visitors with `on` or `off`.
 */
export type WordReader = Readonly<{
  /**
   * What a visitor with this cookie is shown. The rest is left out: a cookie may name what is gone. Of an experiment that
   * stands in it twice the first counts.
   */
  known(word: string): string
  /** The word of what a client names itself: a whole word, or one variant with or without its experiment. */
  read(variant: unknown, experiment: unknown): string | FieldErrors
}>

const rememberedMax = 1_000

/** Reads words by the names that are in force. */
export function createWordReader(names: () => WordNames): WordReader {
  // Nearly all visitors send one of a few words.
  const remembered = new Map<string, string>()
  let rememberedFor: ReadonlySet<string> | undefined

  function known(word: string): string {
    if (word === '') return ''
    const { parts, stopped } = names()
    if (rememberedFor !== parts || remembered.size >= rememberedMax) {
      remembered.clear()
      rememberedFor = parts
    }
    const found = remembered.get(word)
    if (found !== undefined) return found
    const byName = new Map<string, string>()
    for (const part of splitWord(word)) {
      const name = nameIn(part)
      if (parts.has(part) && !stopped.has(name) && !byName.has(name)) byName.set(name, part)
    }
    const kept = joinParts([...byName.values()])
    if (word.length <= wordLengthMax) remembered.set(word, kept)
    return kept
  }

  return {
    known,
    read(variant, experiment): string | FieldErrors {
      const given = variant ?? ''
      if (given !== '' && !isWordLike(given)) return { variant: ['invalid'] }
      const isWord =
        given.includes('.') || (experiment === undefined && (given === '' || given === commonWord))
      if (isWord) return readWord(names(), given.toLowerCase())
      if (given === '') return { variant: ['required'] }
      const key = typeof experiment === 'string' ? experiment.toLowerCase() : (experiment ?? names().first)
      if (!isName(key)) return { experiment: ['invalid'] }
      const part = partOf(key, given.toLowerCase())
      return names().parts.has(part) ? part : { variant: ['unknown'] }
    },
  }
}

/** A client that names what is not there has made a mistake, and would look for its events in vain. */
function readWord({ parts, unread }: WordNames, word: string): string | FieldErrors {
  if (parts.has(word)) return word
  if (word === '' || word === commonWord) return ''
  const kept: string[] = []
  const seen = new Set<string>()
  for (const part of splitWord(word)) {
    const name = nameIn(part)
    if (seen.has(name)) return { variant: ['duplicate'] }
    seen.add(name)
    if (parts.has(part)) kept.push(part)
    else if (!unread.has(name)) return { variant: ['unknown'] }
  }
  return joinParts(kept)
}
