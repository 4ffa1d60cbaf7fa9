import type { Detail } from '../leads/details.ts'

/** What a lead tells, by name. Lists stand among it as records do. */
type Parts = Readonly<Record<string, Detail | undefined>>

/** As it travels: where a record or list stands in another, the place of that one stands instead. */
export type Told = Readonly<Record<string, Detail | number | undefined>> | readonly string[]

/** What a batch tells so far, and by name what was told under it, each with its place. */
export type Telling = Readonly<{ told: Told[]; byName: Map<string, History> }>
type History = { readonly given: Parts[]; readonly places: number[]; looks: number }

// To look for one among all that differ would cost more than to write it again: each that is found pays for further looks.
const looksAtFirst = 64
const looksPerFind = 16
const [lookBackMax, lookBackMin] = [16, 2]

export const beginTelling = (): Telling => ({ told: [], byName: new Map() })

/**
 * The place of what a lead tells among what its batch tells, where it is put if it is not one of the latest. Visitors of one
 * spot come from one campaign and see one page, so each record is written once a job under its name, and what holds it tells its place.
 */
export function placeOf(whole: Parts, telling: Telling, name = ''): number {
  const history = historyOf(telling, name)
  const { given, places } = history
  const oldest = Math.max(0, given.length - (history.looks > 0 ? lookBackMax : lookBackMin))
  for (let index = given.length - 1; index >= oldest; index--) {
    if (isSame(given[index]!, whole)) {
      history.looks = Math.min(looksAtFirst, history.looks + looksPerFind)
      return places[index]!
    }
    history.looks--
  }
  let laidOut: Record<string, Detail | number | undefined> | undefined
  for (const part in whole) {
    const own = whole[part]
    if (typeof own !== 'object') continue
    laidOut ??= { ...whole }
    laidOut[part] = placeOf(own as Parts, telling, part)
  }
  const place = telling.told.push(laidOut ?? whole) - 1
  given.push(whole)
  places.push(place)
  return place
}

function historyOf({ byName }: Telling, name: string): History {
  let history = byName.get(name)
  if (!history) {
    history = { given: [], places: [], looks: looksAtFirst }
    byName.set(name, history)
  }
  return history
}

function isSame(one: Parts, other: Parts): boolean {
  let parts = 0
  for (const name in one) {
    const mine = one[name]
    const theirs = other[name]
    if (mine !== theirs) {
      if (typeof mine !== 'object' || typeof theirs !== 'object') return false
      if (!isSame(mine as Parts, theirs as Parts)) return false
    }
    parts++
  }
  for (const _name in other) parts--
  return parts === 0 && Array.isArray(one) === Array.isArray(other)
}

/** All that a batch tells, each whole again, by its place. */
export function wholeAgain(told: readonly Told[]): readonly unknown[] {
  const all: unknown[] = []
  for (const laidOut of told) {
    if (Array.isArray(laidOut)) {
      all.push(laidOut)
      continue
    }
    const whole: Record<string, unknown> = { ...laidOut }
    for (const name in whole) {
      const part = whole[name]
      if (typeof part === 'number') whole[name] = all[part]
    }
    all.push(whole)
  }
  return all
}
