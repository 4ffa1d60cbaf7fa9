import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import type { Picture } from '../../../../frontend/landing/content.ts'

/** A text that a campaign says, as it is written. `path` is its place in the words, such as `hero.a.title`. */
export type Text = Readonly<{ language: string; path: string; text: string }>

/** What is written in words and is not read by people. */
const notRead = ['locale', 'font', 'bundled', 'bundledDark', 'uploaded', 'source', 'updated', 'icon']

/** Every text of a campaign, those of pictures among them. */
export function textsOf({ languages }: Campaign): Text[] {
  return Object.entries(languages).flatMap(([language, content]) =>
    leaves(content).map(({ path, text }) => ({ language, path, text })),
  )
}

function leaves(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null || '$$typeof' in value) return []
  return Object.entries(value)
    .filter(([name]) => !notRead.includes(name))
    .flatMap(([name, inner]) => leaves(inner, path ? `${path}.${name}` : name))
}

/** Every picture of a campaign, with its place. */
export function picturesOf({ firm, languages }: Campaign): { where: string; picture: Picture }[] {
  const found = Object.entries(languages).flatMap(([language, content]) =>
    pictures(content).map(({ path, picture }) => ({ where: `${language} ${path}`, picture })),
  )
  return firm.logo ? [{ where: 'firm logo', picture: firm.logo }, ...found] : found
}

function pictures(value: unknown, path = ''): { path: string; picture: Picture }[] {
  if (typeof value !== 'object' || value === null || '$$typeof' in value) return []
  if ('bundled' in value) return [{ path, picture: value as Picture }]
  return Object.entries(value).flatMap(([name, inner]) => pictures(inner, path ? `${path}.${name}` : name))
}
