import ChevronDown from 'lucide-react/icons/chevron-down'
import Phone from 'lucide-react/icons/phone'
import Quote from 'lucide-react/icons/quote'
import SunMedium from 'lucide-react/icons/sun-medium'
import type { ComponentProps } from 'react'
import { contents } from '../campaign/content/catalogue.ts'
import type { Content } from '../campaign/content/content.ts'
import { type Language, languages } from '../campaign/experiments.ts'
import { phoneAddress, phoneShown } from '../campaign/firm.ts'
import { ButtonLink } from '../ui/button.tsx'
import { Film, type FilmProps } from '../ui/film.tsx'
import { Section } from '../ui/section.tsx'
import { Island } from './island.tsx'
import { filledByTheApi } from './prerender/placeholders.ts'

export type PartProps = Readonly<{ content: Content; language: Language }>

export function Header({ content, language }: PartProps) {
  const { brand, callUs } = content
  return (
    <header>
      <p
        {...filledByTheApi('notice_hidden')}
        dir="auto"
        className="bg-notice-tint px-4 py-2.5 text-center text-notice sm:px-6"
      >
        %notice%
      </p>
      <div className="mx-auto flex max-w-6xl items-center gap-x-3 px-4 py-3 sm:gap-x-5 sm:px-6 lg:py-6">
        <p className="me-auto flex items-center gap-2 font-bold tracking-tight whitespace-nowrap sm:text-lg">
          <span className="grid size-9 shrink-0 place-items-center rounded-xl bg-accent text-accent-ink">
            <SunMedium aria-hidden size={22} />
          </span>
          {brand}
        </p>
        <LanguageSwitch content={content} language={language} />
        <a
          href={phoneAddress}
          className="inline-flex min-h-11 min-w-11 items-center justify-end gap-2 text-sm font-semibold sm:text-base"
        >
          <Phone aria-hidden size={20} className="text-brand" />
          <span className="sr-only">{callUs}</span>
          <span dir="ltr" className="whitespace-nowrap max-sm:sr-only">
            {phoneShown[language]}
          </span>
        </a>
      </div>
    </header>
  )
}

function LanguageSwitch({ content, language }: PartProps) {
  return (
    <nav aria-label={content.languages} className="flex gap-x-4 text-sm font-semibold sm:text-base">
      {languages
        .filter((other) => other !== language)
        .map((other) => (
          <a
            key={other}
            href={`/${other}`}
            hrefLang={other}
            lang={other}
            className="inline-flex min-h-11 min-w-11 items-center justify-center underline-offset-4 hover:underline"
          >
            {contents[other].name}
          </a>
        ))}
    </nav>
  )
}

export function Figures({ content }: PartProps) {
  return (
    <div className="border-y border-line">
      <dl className="mx-auto grid max-w-6xl grid-cols-2 gap-x-6 gap-y-8 px-4 py-10 sm:px-6 lg:grid-cols-4">
        {content.figures.map(({ value, label }) => (
          <div key={label} className="flex flex-col">
            <dt className="text-soft">{label}</dt>
            <dd className="order-first text-3xl font-bold tracking-tight">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

export function Benefits({ content }: PartProps) {
  const { title, text, points } = content.benefits
  return (
    <Section id="benefits" title={title} text={text}>
      <ul className="grid gap-5 sm:grid-cols-2">
        {points.map(({ icon: Icon, title, text }) => (
          <li key={title} className="rounded-2xl border border-line bg-surface p-6">
            <span className="grid size-12 place-items-center rounded-xl bg-brand-tint text-brand">
              <Icon aria-hidden size={24} />
            </span>
            <h3 className="mt-4 text-xl font-semibold">{title}</h3>
            <p className="mt-1.5 text-soft">{text}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}

export function Steps({ content, film }: PartProps & Readonly<{ film: FilmProps }>) {
  const { title, points, numbers } = content.steps
  return (
    <Section id="steps" title={title} tinted>
      <div className="flex flex-col gap-10 *:flex-1 lg:flex-row lg:items-center lg:gap-14">
        <ol className="grid gap-8">
          {points.map(({ title, text }, index) => (
            <li key={title} className="flex gap-5">
              <span
                aria-hidden
                className="grid size-11 shrink-0 place-items-center rounded-full bg-accent text-lg font-bold text-accent-ink"
              >
                {numbers[index]}
              </span>
              <div>
                <h3 className="text-xl font-semibold">{title}</h3>
                <p className="mt-1 text-soft">{text}</p>
              </div>
            </li>
          ))}
        </ol>
        <div {...filledByTheApi('film_hidden')}>
          <Island name="film">
            <Film {...film} />
          </Island>
        </div>
      </div>
    </Section>
  )
}

export function Voices({ content }: PartProps) {
  const { title, quotes } = content.voices
  return (
    <Section id="voices" title={title}>
      <ul className="grid gap-5 lg:grid-cols-3">
        {quotes.map(({ text, name, place }) => (
          <li key={name}>
            <figure className="flex h-full flex-col rounded-2xl border border-line bg-surface p-6">
              <Quote aria-hidden size={28} className="text-brand rtl:-scale-x-100" />
              <blockquote className="mt-3 grow text-lg">{text}</blockquote>
              <figcaption className="mt-5">
                <span className="block font-semibold">{name}</span>
                <span className="text-soft">{place}</span>
              </figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </Section>
  )
}

export function Questions({ content }: PartProps) {
  const { title, list, privacy } = content.questions
  return (
    <Section id="questions" title={title} tinted beside>
      <div className="border-t border-line">
        {list.map((entry) => (
          <Question key={entry.question} {...entry} />
        ))}
        <Question id="privacy" open {...privacy} />
      </div>
    </Section>
  )
}

type QuestionProps = Readonly<{ id?: string; open?: boolean; question: string; answer: string }>

function Question({ id, open, question, answer }: QuestionProps) {
  return (
    <details id={id} open={open} className="group border-b border-line py-1">
      <summary className="flex min-h-12 cursor-pointer list-none items-center justify-between gap-4 py-3 text-lg font-semibold [&::-webkit-details-marker]:hidden">
        {question}
        <ChevronDown
          aria-hidden
          size={22}
          className="shrink-0 text-brand transition-transform group-open:rotate-180 motion-reduce:transition-none"
        />
      </summary>
      <p className="pb-5 text-soft">{answer}</p>
    </details>
  )
}

export function Closing({ content }: PartProps) {
  const { title, text, action } = content.closing
  return (
    <section aria-labelledby="closing-title" className="mx-auto max-w-6xl px-4 py-14 sm:px-6 md:py-20">
      <div className="rounded-3xl bg-[#0f4f43] px-6 py-12 text-center text-white sm:px-12">
        <h2 id="closing-title" className="mx-auto max-w-2xl text-3xl font-bold tracking-tight md:text-4xl">
          {title}
        </h2>
        <p className="mt-3 text-lg text-[#d5ebe3]">{text}</p>
        <ButtonLink href="#estimate" className="mt-7">
          {action}
        </ButtonLink>
      </div>
    </section>
  )
}

export function Footer({ content, language }: PartProps) {
  const { lines, privacy, small } = content.footer
  return (
    <footer className="border-t border-line">
      <div className="mx-auto grid max-w-6xl gap-6 px-4 py-10 text-sm text-soft sm:px-6 md:grid-cols-2">
        <div>
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
          <p className="mt-2 flex flex-wrap gap-x-5">
            <FooterLink href={phoneAddress}>
              <span dir="ltr">{phoneShown[language]}</span>
            </FooterLink>
            <FooterLink href="#privacy">{privacy}</FooterLink>
            {languages
              .filter((other) => other !== language)
              .map((other) => (
                <FooterLink key={other} href={`/${other}`} hrefLang={other} lang={other}>
                  {contents[other].name}
                </FooterLink>
              ))}
          </p>
        </div>
        <p>{small}</p>
      </div>
    </footer>
  )
}

function FooterLink(props: ComponentProps<'a'>) {
  return <a {...props} className="inline-flex min-h-8 items-center underline underline-offset-2" />
}
