import { PictureView } from '../ui/picture-view.tsx'
import type { Content, Hero } from './content/content.ts'
import type { Variants } from './experiments.ts'
import { Island } from './island.tsx'
import type { IslandProps } from './island-props.ts'
import { LeadForm } from './lead-form.tsx'
import { uploadedAt } from './origin.ts'
import { Benefits, Closing, Figures, Footer, Header, Questions, Steps, Voices } from './parts.tsx'
import { PostedAnswer } from './posted-answer.tsx'

export type PageProps = Readonly<{ content: Content; variants: Variants; islands: IslandProps }>

/** The whole landing page, top to bottom. */
export function Page(props: PageProps) {
  const { content, islands } = props
  const part = { content, language: islands['lead-form'].language }
  return (
    <>
      <a
        href="#estimate"
        className="sr-only focus:not-sr-only focus:absolute focus:left-4 focus:top-4 focus:z-10 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
      >
        {content.skip}
      </a>
      <Header {...part} />
      <main>
        <HeroView {...props} />
        <Figures {...part} />
        <Benefits {...part} />
        <Steps {...part} film={islands.film} />
        <Voices {...part} />
        <Questions {...part} />
        <Closing {...part} />
      </main>
      <Footer {...part} />
    </>
  )
}

function HeroView({ content, islands }: PageProps) {
  const { eyebrow, title, text, picture, figure } = content.hero
  const form = islands['lead-form']
  return (
    <div className="mx-auto grid max-w-6xl gap-x-14 gap-y-10 px-4 pb-12 sm:px-6 lg:grid-cols-[1.1fr_1fr] lg:pb-16">
      <div>
        <p className="inline-block rounded-full bg-brand-tint px-3 py-1 text-xs font-semibold text-brand sm:text-sm">
          {eyebrow}
        </p>
        <h1 className="mt-3 text-3xl leading-tight font-extrabold tracking-tight sm:text-5xl">{title}</h1>
        <p className="mt-3 max-w-xl text-soft sm:text-lg">{text}</p>
        <div id="estimate" className="mt-6 rounded-3xl border border-line bg-surface p-5 shadow-card sm:p-7">
          <PostedAnswer words={form.words} />
          <Island name="lead-form">
            <LeadForm {...form} />
          </Island>
        </div>
      </div>
      <div className="relative self-start">
        <PictureView
          picture={{ ...picture, uploaded: picture.uploaded && uploadedAt(picture.uploaded) }}
          first
          className="aspect-4/5 h-auto w-full rounded-3xl object-cover object-bottom lg:aspect-auto"
        />
        <Saving {...figure} />
      </div>
    </div>
  )
}

function Saving({ label, before, after, unit }: Hero['figure']) {
  return (
    <div className="absolute inset-x-4 bottom-4 rounded-2xl bg-surface/95 px-5 py-3.5 shadow-card sm:inset-x-6 sm:bottom-6">
      <p className="text-sm font-semibold">{label}</p>
      <dl className="mt-1 flex justify-between gap-4">
        {[before, after].map((bill) => (
          <div key={bill.label}>
            <dt className="text-sm text-soft">{bill.label}</dt>
            <dd className={`text-2xl font-bold ${bill === after ? 'text-brand' : ''}`}>
              {bill.value} <span className="text-sm font-normal text-soft">{unit}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
