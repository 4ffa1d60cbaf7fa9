import type { LucideIcon } from 'lucide-react'

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

export type Hero = Readonly<{
  eyebrow: string
  title: string
  text: string
  picture: Picture
  figure: Readonly<{ label: string; before: Labelled; after: Labelled; unit: string }>
}>

export type FilmWords = Readonly<{
  title: string
  uploaded: string
  play: string
  missing: string
  still: Picture
}>

/** Every word and picture of the page in one language, but for the form's. */
export type Content = Readonly<{
  /** What `<html>` carries: a language tag, and which way it is written. */
  locale: string
  dir: 'ltr' | 'rtl'
  title: string
  description: string
  brand: string
  callUs: string
  skip: string
  hero: Hero
  figures: readonly Labelled[]
  benefits: Titled & Readonly<{ points: readonly (Titled & Readonly<{ icon: LucideIcon }>)[] }>
  steps: Readonly<{ title: string; points: readonly Titled[]; film: FilmWords }>
  voices: Readonly<{
    title: string
    quotes: readonly Readonly<{ text: string; name: string; place: string }>[]
  }>
  questions: Readonly<{ title: string; list: readonly Question[]; privacy: Question }>
  closing: Titled & Readonly<{ action: string }>
  footer: Readonly<{ lines: readonly string[]; privacy: string; small: string }>
}>
