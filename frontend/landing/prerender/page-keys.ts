import type { Campaign } from '../campaign.ts'
import { type PageFlags, pageFlags } from '../page-flags.ts'

/** One page that the build writes. */
export type PageKey = Readonly<{ language: string; variant: string; flags: PageFlags }>

/** Every page there is: each language with each combination of variants and page flags, the fallback first. */
export function allPageKeys({ languages, variants }: Pick<Campaign, 'languages' | 'variants'>): PageKey[] {
  return Object.keys(languages).flatMap((language) =>
    Object.keys(variants).flatMap((variant) =>
      combinations(pageFlags).map((flags) => ({ language, variant, flags: flags as PageFlags })),
    ),
  )
}

/** What the visitors of a variant see, as one word, such as `hero.a`. */
export function wordOf(variant: string): string {
  return `hero.${variant}`
}

/** The name of a page, such as `en/hero.a-consent_checkbox.off`. */
export function nameOf({ language, variant, flags }: PageKey): string {
  const switches = Object.entries(flags).map(([name, on]) => `${name}.${on ? 'on' : 'off'}`)
  return `${language}/${[wordOf(variant), ...switches].join('-')}`
}

function combinations(names: readonly string[]): Record<string, boolean>[] {
  const [name, ...others] = names
  if (name === undefined) return [{}]
  return [false, true].flatMap((on) => combinations(others).map((rest) => ({ [name]: on, ...rest })))
}
