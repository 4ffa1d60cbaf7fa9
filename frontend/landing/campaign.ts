import type { ComponentType, ReactNode } from 'react'
import type { Colours } from './colours/colours.ts'
import type { Content, HeroWords, Picture } from './content.ts'

/** Who asks for the number, the same in every language. What is left out is said nowhere. */
export type Firm = Readonly<{
  name: string
  /** For the home screens of phones, where some 12 characters fit; the name where absent. */
  shortName?: string
  /**
   * The number visitors may ring, as it is dialled (E.164) and as people write it, and a number that stands in the empty
   * field: one that is kept for examples. Each language writes them in its own figures.
   */
  phone: Readonly<{ dialled: string; shown: string; sample: string }>
  /** A picture in place of the icon and the name, for a firm whose name is drawn. */
  logo?: Picture
  /** What search engines are told, in the words of schema.org: `Mo-Sa 08:00-20:00`, `££`. */
  openingHours?: string
  priceRange?: string
  address?: Readonly<Record<string, string>>
}>

/** What a first view is drawn from. */
export type HeroProps = Readonly<{ words: HeroWords; content: Content; form: ReactNode }>

/** A first view: where the promise, the form and the picture stand. */
export type Hero = ComponentType<HeroProps>

/** All that tells one campaign from another. `frontend/campaign/campaign.ts` is the one that is built. */
export type Campaign<Variant extends string = string> = Readonly<{
  firm: Firm
  colours: Colours
  /** The first view by variant, such as `a` and `b`: visitors are divided among them. The first is the fallback. */
  variants: Readonly<Record<Variant, Hero>>
  /** Words and pictures by language, such as `en` and `pt-br`. The first is the fallback. */
  languages: Readonly<Record<string, Content<Variant>>>
  /**
   * Where the page is also found, for print and radio: `spring` for `/spring`. Who comes that way comes from the campaign
   * of that name, where the address names no other. `bun run campaign:nginx` tells nginx.
   */
  paths?: readonly string[]
  /**
   * Where a visitor goes once their number is kept: a page of your own in `public` such as `/thanks-{language}.html`, or an
   * address elsewhere. Without it the page itself says thank you. Nothing of the number is in it.
   */
  thanks?: string
  /** Scripts of your own in `public`, such as `/tags.js`: they hear of each lead by the event `landfast:lead`. */
  scripts?: readonly string[]
}>
