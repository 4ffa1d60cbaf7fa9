/** Licences of what runs with us and is part of the page: they ask for no more than their text to be kept. */
export const licencesThatShip = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
])

/** And of what only builds and tests, and is given to nobody. */
export const licencesThatBuild = new Set([...licencesThatShip, 'MPL-2.0', 'CC-BY-4.0'])

/** What packages mean that say it nowhere, or in another spelling; each was looked up in its own files. */
export const licencesByHand: ReadonlyMap<string, string> = new Map([
  ['decko', 'MIT'],
  ['stickyfill', 'MIT'],
  ['url-template', 'BSD-3-Clause'],
])

/** Whether an SPDX expression can be met by these licences: one of those joined by OR, all of those joined by AND. */
export function isMet(expression: string, allowed: ReadonlySet<string>): boolean {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1')
  if (bare.includes('(')) return false
  return bare.split(' OR ').some((either) => either.split(' AND ').every((each) => allowed.has(each.trim())))
}
