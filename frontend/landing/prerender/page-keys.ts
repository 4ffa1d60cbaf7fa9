import {
  experiments,
  type Language,
  languages,
  type PageFlags,
  pageFlags,
  type Variants,
} from '../../campaign/experiments.ts'

/** One page that the build writes. */
export type PageKey = Readonly<{ language: Language; variants: Variants; flags: PageFlags }>

/** Every page there is: each language with each combination of variants and page flags, the fallback first. */
export function allPageKeys(): PageKey[] {
  const variants = combinations<Variants>(experiments)
  const flags = combinations<PageFlags>(Object.fromEntries(pageFlags.map((flag) => [flag, [false, true]])))
  return languages.flatMap((language) =>
    variants.flatMap((variant) => flags.map((flag) => ({ language, variants: variant, flags: flag }))),
  )
}

/** The variants as one word, such as `hero.a`. */
export function wordOf(variants: Variants): string {
  return Object.entries(variants)
    .map(([name, variant]) => `${name}.${variant}`)
    .join('-')
}

/** The name of a page, such as `en/hero.a-consent_checkbox.off`. */
export function nameOf({ language, variants, flags }: PageKey): string {
  const switches = Object.entries(flags).map(([name, on]) => `${name}.${on ? 'on' : 'off'}`)
  return `${language}/${[wordOf(variants), ...switches].join('-')}`
}

function combinations<Choice>(options: Readonly<Record<string, readonly unknown[]>>): Choice[] {
  let found: Record<string, unknown>[] = [{}]
  for (const [name, values] of Object.entries(options))
    found = found.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })))
  return found as Choice[]
}
