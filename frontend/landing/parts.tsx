import ChevronDown from 'lucide-react/icons/chevron-down'
import Quote from 'lucide-react/icons/quote'
import type { ComponentProps, ReactNode } from 'react'
import { ButtonLink } from '../ui/button.tsx'
import { Film, type FilmProps } from '../ui/film.tsx'
import { Section } from '../ui/section.tsx'
import type { Content, Question as QuestionWords } from './content.ts'
import { WithCall } from './form/with-call.tsx'
import { othersThan } from './header.tsx'
import { Island } from './island.tsx'
import type { Call } from './island-props.ts'
import { filledByTheApi } from './prerender/placeholders.ts'
import { callOf, noticePathOf, pathOf, type View } from './view.ts'
import { inDigitsOf, nameOfLanguage } from './words/numerals.ts'

type Part<Name extends keyof Content> = NonNullable<Content[Name]>

export function Figures({ figures }: Readonly<{ figures: Part<'figures'> }>) {
  return (
    <div className="border-y border-line">
      <dl className="mx-auto grid max-w-6xl grid-cols-[repeat(auto-fit,minmax(max(7rem,34%),1fr))] gap-x-6 gap-y-8 px-[16px] py-10 sm:px-6 lg:grid-cols-4">
        {figures.map(({ value, label }) => (
          <div key={label} className="flex flex-col">
            <dt className="text-soft">{label}</dt>
            <dd className="order-first text-3xl font-bold tracking-tight">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

/** What can be checked elsewhere, and where. */
export function Proofs({ title, list }: Part<'proofs'>) {
  return (
    <section aria-labelledby="proofs-title" className="mx-auto max-w-6xl px-[16px] pt-10 sm:px-6">
      <h2 id="proofs-title" className="text-xl font-semibold">
        {title}
      </h2>
      <dl className="mt-4 grid gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
        {list.map(({ label, value, source }) => (
          <div key={label}>
            <dt className="text-sm text-soft">{label}</dt>
            <dd className="font-medium">
              {source ? (
                <a href={source} rel="noopener" className="text-brand underline underline-offset-2">
                  {value}
                </a>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function Benefits({ title, text, points }: Part<'benefits'>) {
  return (
    <Section id="benefits" title={title} text={text}>
      <ul className={`grid gap-5 ${points.length % 3 === 0 ? 'lg:grid-cols-3' : 'sm:grid-cols-2'}`}>
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

type StepsProps = Omit<Part<'steps'>, 'film'> & Readonly<{ locale: string; film?: FilmProps }>

export function Steps({ title, points, locale, film }: StepsProps) {
  return (
    <Section id="steps" title={title}>
      <div className="flex flex-col gap-10 *:flex-1 lg:flex-row lg:items-center lg:gap-14">
        <ol className={`grid gap-8 ${film ? '' : 'lg:grid-cols-3'}`}>
          {points.map(({ title, text }, index) => (
            <li key={title} className="flex gap-5">
              <span
                aria-hidden
                className="grid size-11 shrink-0 place-items-center rounded-full bg-brand-tint text-lg font-bold text-brand"
              >
                {inDigitsOf(locale, String(index + 1))}
              </span>
              <div>
                <h3 className="text-xl font-semibold">{title}</h3>
                <p className="mt-1 text-soft">{text}</p>
              </div>
            </li>
          ))}
        </ol>
        {film && (
          <div {...filledByTheApi('film_hidden')}>
            <div {...filledByTheApi('film_absent')}>
              <Island name="film">
                <Film {...film} />
              </Island>
            </div>
          </div>
        )}
      </div>
    </Section>
  )
}

export function Voices({ title, quotes }: Part<'voices'>) {
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
                {place && <span className="text-soft">{place}</span>}
              </figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** What becomes of the number is always among them: the form links to it. */
export function Questions(view: View) {
  const { content, language, words } = view
  const call = callOf(view)
  const { questions, privacy } = content
  return (
    <Section id="questions" title={questions?.title ?? privacy.question} beside>
      <div className="border-t border-line">
        {questions?.list.map((entry) => (
          <Question key={entry.question} {...entry} call={call} />
        ))}
        <Question id="privacy" open {...privacy} call={call}>
          {content.notice && (
            <a href={noticePathOf(language)} className="text-brand underline underline-offset-2">
              {words.page.wholeNotice}
            </a>
          )}
        </Question>
      </div>
    </Section>
  )
}

type QuestionProps = QuestionWords &
  Readonly<{ id?: string; open?: boolean; call: Call; children?: ReactNode }>

function Question({ id, open, question, answer, call, children }: QuestionProps) {
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
      <p className="pb-5 text-soft">
        <WithCall text={answer} call={call} /> {children}
      </p>
    </details>
  )
}

export function Closing({ title, text, action }: Part<'closing'>) {
  return (
    <section
      aria-labelledby="closing-title"
      className="until-answered mx-auto max-w-6xl px-[16px] py-14 sm:px-6 md:py-20 print:hidden"
    >
      <div className="on-band rounded-3xl bg-band px-6 py-12 text-center text-white sm:px-12">
        <h2 id="closing-title" className="mx-auto max-w-2xl text-3xl font-bold tracking-tight md:text-4xl">
          {title}
        </h2>
        <p className="mt-3 text-lg text-band-ink">{text}</p>
        <ButtonLink href="#estimate" className="mt-7">
          {action}
        </ButtonLink>
      </div>
    </section>
  )
}

export function Footer(view: View) {
  const { campaign, words } = view
  const { lines = [words.brand], small } = view.content.footer ?? {}
  return (
    <footer className="border-t border-line">
      <div className="mx-auto grid max-w-6xl gap-6 px-[16px] py-10 text-sm text-soft sm:px-6 md:grid-cols-2">
        <div>
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
          <p className="mt-2 flex flex-wrap gap-x-5">
            <FooterLink href={`tel:${campaign.firm.phone.dialled}`}>
              <span dir="ltr">{words.phone}</span>
            </FooterLink>
            <FooterLink href={view.content.notice ? noticePathOf(view.language) : '#privacy'}>
              {words.page.privacy}
            </FooterLink>
            {othersThan(view).map((other) => (
              <FooterLink key={other} href={pathOf(other)} hrefLang={other} lang={other}>
                {nameOfLanguage(other)}
              </FooterLink>
            ))}
          </p>
        </div>
        {small && <p>{small}</p>}
      </div>
    </footer>
  )
}

function FooterLink(props: ComponentProps<'a'>) {
  return <a {...props} className="inline-flex min-h-8 items-center underline underline-offset-2" />
}
