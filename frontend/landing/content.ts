import type { LucideIcon } from 'lucide-react'
import type { FormWords } from './form/form-words.ts'
import type { AnswerWords, PageWords } from './words/stock.ts'

/** A picture that comes with the page, and the uploaded one that replaces it where object storage has it. */
export type Picture = Readonly<{
  bundled: string
  /** Shown instead of `bundled` to visitors who prefer dark. */
  bundledDark?: string
  /** An address such as /media/hero.jpg. If it cannot be loaded, `bundled` is shown. */
  uploaded?: string
  width: number
  height: number
  alt: string
}>

export type Titled = Readonly<{ title: string; text: string }>
export type Labelled = Readonly<{ label: string; value: string }>
export type Question = Readonly<{ question: string; answer: string }>

/** Two amounts, such as a bill before and after. `amount` draws the bars beside `value`. */
export type Comparison = Readonly<{
  label: string
  before: Labelled & Readonly<{ amount: number }>
  after: Labelled & Readonly<{ amount: number }>
  /** What an amount is counted by, such as `a month`. */
  unit?: string
  /** What the difference means, such as `£77 less every month`. */
  gain?: string
}>

/** The first view in one variant. `form` are words of the form that only this variant has. */
export type HeroWords = Titled & Readonly<{ eyebrow?: string; picture?: Picture; form?: FormChanges }>

/** Words of the form that differ from those that the language brings along. */
export type FormChanges = Changes<FormWords>

/** Some of the words of a group. Lists are replaced whole. */
export type Changes<Words> = {
  readonly [Name in keyof Words]?: Words[Name] extends string | readonly unknown[]
    ? Words[Name]
    : Changes<Words[Name]>
}

/** Every word and picture of the page in one language. A section that is left out is not drawn. */
export type Content<Variant extends string = string> = Readonly<{
  /** A language tag such as `en-GB`. It also tells which way the page is written, and in which figures. */
  locale: string
  /** The font file that the first view needs, where the system's own will not do. */
  font?: string
  title: string
  description: string
  /** What the picture says that is shown where the page is shared: else the first variant's title and the form's. */
  share?: Titled
  /** The firm's name, where this language writes it in its own way. */
  brand?: string

  hero: Readonly<Record<Variant, HeroWords>>
  picture?: Picture
  comparison?: Comparison
  /** Who calls: a real photo with a real name, beside the form. */
  person?: Readonly<{ picture: Picture; name: string; text: string }>

  figures?: readonly Labelled[]
  /**
   * What a visitor can check elsewhere: an accreditation with its number, the company's register entry, reviews. `source`
   * is the address where.
   */
  proofs?: Readonly<{ title: string; list: readonly (Labelled & Readonly<{ source?: string }>)[] }>
  benefits?: Titled & Readonly<{ points: readonly (Titled & Readonly<{ icon: LucideIcon }>)[] }>
  steps?: Readonly<{ title: string; points: readonly Titled[]; film?: Film }>
  voices?: Readonly<{
    title: string
    quotes: readonly Readonly<{ text: string; name: string; place?: string }>[]
  }>
  questions?: Readonly<{ title: string; list: readonly Question[] }>
  /** What becomes of the number, in short. The form links to it. */
  privacy: Question
  /** The whole of it, on a page of its own. */
  notice?: Notice
  closing?: Titled & Readonly<{ action: string }>
  footer?: Readonly<{ lines?: readonly string[]; small?: string }>

  form?: FormChanges
  /** What the page says around its sections, and nginx when it answers itself: where not as the language brings it. */
  page?: Changes<PageWords>
  answers?: Changes<AnswerWords>
}>

/** A privacy notice. `updated` is a day such as 2026-11-30. */
export type Notice = Readonly<{
  title: string
  updated: string
  intro: string
  sections: readonly Readonly<{ title: string; text?: string; list?: readonly string[] }>[]
}>

/** A film in object storage, and the picture that is there until it plays. */
export type Film = Readonly<{ title: string; uploaded: string; still: Picture }>
