import type { Change, Dealing } from './ports.ts'

const quarterMs = 15 * 60_000

/**
 * Since when visitors are dealt as now: figures of other weights cannot be added to these. The first quarter of an hour
 * after the last change that dealt them otherwise; stopping and starting does not. Undefined: from the beginning.
 */
export function dealtSince(key: string, changes: readonly Change[]): Date | undefined {
  const last = changes.find(({ before, after }) => {
    const one = before ?? untouched(key, after)
    const other = after ?? untouched(key, before)
    return one !== undefined && other !== undefined && dealing(one) !== dealing(other)
  })
  return last && new Date(Math.ceil(last.at.getTime() / quarterMs) * quarterMs)
}

/** As it comes with the page, with the same variants: equal weights, salted by its own key. */
function untouched(key: string, like: Dealing | undefined): Dealing | undefined {
  return like && { salt: key, variants: like.variants.map(({ name }) => ({ name, weight: 1 })) }
}

/** The same text for the same dealing, whatever unit its weights have. */
function dealing({ salt, variants }: Dealing): string {
  const sum = variants.reduce((total, { weight }) => total + weight, 0)
  return JSON.stringify([salt, variants.map(({ name, weight }) => [name, (weight / sum).toFixed(9)])])
}
