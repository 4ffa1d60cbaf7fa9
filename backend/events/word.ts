import type { FieldErrors } from '../problem.ts'

/** What words may be made of, from the live configuration. */
export type VariantNames = Readonly<{
  /** The experiment that a variant without one belongs to; '' when there is none. */
  first: string
  /** Every part a word may hold. Another object when that changes. */
  parts: ReadonlySet<string>
}>

/**
 * A word names what a visitor was shown: parts such as `hero.b` joined by `-`. Experiments stand in it with their
 * variant, and flags that are rolled out to a part of the visitors with `on` or `off`.
 */
export type WordReader = Readonly<{
  /** What is known of a word. The rest is left out: a page that stood open for a day may name what is gone. */
  known(word: string): string
  /** The word of what a client names itself: a whole word, or one variant with or without its experiment. */
  read(variant: unknown, experiment: unknown): string | FieldErrors
}>

// The word of a page that has nothing to tell its visitors apart by.
const commonWord = 'common'
const namePattern = /^[a-z0-9_]{1,32}$/
const wordPattern = /^[\w.-]{1,512}$/
const rememberedMax = 1_000

/** Reads words by the names that are in force. */
export function createWordReader(names: () => VariantNames): WordReader {
  // Nearly all visitors send one of a few words.
  const remembered = new Map<string, string>()
  let rememberedFor: ReadonlySet<string> | undefined

  function known(word: string): string {
    if (word === '') return ''
    const { parts } = names()
    if (rememberedFor !== parts || remembered.size >= rememberedMax) {
      remembered.clear()
      rememberedFor = parts
    }
    const found = remembered.get(word)
    if (found !== undefined) return found
    const kept = [...new Set(word.split('-'))].filter((part) => parts.has(part)).join('-')
    if (word.length <= 512) remembered.set(word, kept)
    return kept
  }

  return {
    known,
    read(variant, experiment): string | FieldErrors {
      const given = variant ?? ''
      if (typeof given !== 'string' || (given !== '' && !wordPattern.test(given)))
        return { variant: ['invalid'] }
      const isWord =
        given.includes('.') || (experiment === undefined && (given === '' || given === commonWord))
      if (isWord) return known(given)
      if (given === '') return { variant: ['required'] }
      const key = typeof experiment === 'string' ? experiment.toLowerCase() : (experiment ?? names().first)
      if (typeof key !== 'string' || !namePattern.test(key)) return { experiment: ['invalid'] }
      const part = `${key}.${given.toLowerCase()}`
      return names().parts.has(part) ? part : { variant: ['unknown'] }
    },
  }
}
