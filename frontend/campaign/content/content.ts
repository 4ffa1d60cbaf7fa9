import type { LucideIcon } from 'lucide-react'
import type { Variants } from '../experiments.ts'
import type { FormWords } from '../form-words/form-words.ts'

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

type Titled = Readonly<{ title: string; text: string }>
type Labelled = Readonly<{ label: string; value: string }>
type Question = Readonly<{ question: string; answer: string }>

/** What a typical home pays a month, without panels and with them. `pounds` draws the bars beside `value`. */
export type Bill = Readonly<{
  label: string
  before: Labelled & Readonly<{ pounds: number }>
  after: Labelled & Readonly<{ pounds: number }>
  unit: string
  saving: string
}>

/** The first view in one variant. `form` are the form's words that are not those of the other variants. */
export type Hero = Titled & Readonly<{ eyebrow: string; form: Partial<FormWords> }>

/** Every word and picture of the page in one language, but for the form's. */
export type Content = Readonly<{
  /** What `<html>` carries: a language tag, and which way it is written. */
  locale: string
  dir: 'ltr' | 'rtl'
  /** The language's name in itself, for the switch. */
  name: string
  languages: string
  /** The address of the font that the first view needs, where the system's own will not do. */
  font?: string
  title: string
  description: string
  brand: string
  callUs: string
  skip: string
  hero: Readonly<Record<Variants['hero'], Hero>>
  house: Picture
  bill: Bill
  figures: readonly Labelled[]
  benefits: Titled & Readonly<{ points: readonly (Titled & Readonly<{ icon: LucideIcon }>)[] }>
  steps: Readonly<{
    title: string
    points: readonly Titled[]
    /** The numbers of the steps as this language writes them. */
    numbers: readonly string[]
    film: Readonly<{ title: string; uploaded: string; play: string; missing: string; still: Picture }>
  }>
  voices: Readonly<{
    title: string
    quotes: readonly Readonly<{ text: string; name: string; place: string }>[]
  }>
  questions: Readonly<{ title: string; list: readonly Question[]; privacy: Question }>
  closing: Titled & Readonly<{ action: string }>
  footer: Readonly<{ lines: readonly string[]; privacy: string; small: string }>
}>
