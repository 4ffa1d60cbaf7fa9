import type { LeadOutcome } from '../api/leads.ts'
import { PictureView } from '../ui/picture-view.tsx'
import { content } from './content.ts'
import type { FormState, Sent } from './form-state.ts'
import { LeadForm } from './lead-form.tsx'
import { Benefits, Closing, Figures, Footer, Header, Questions, Steps, Voices } from './parts.tsx'

export type PageProps = Readonly<{
  first: FormState
  action: string
  send: (sent: Sent, signal: AbortSignal) => Promise<LeadOutcome>
}>

/** The whole landing page, top to bottom. */
export function Page(props: PageProps) {
  return (
    <>
      <a
        href="#estimate"
        className="sr-only focus:not-sr-only focus:absolute focus:left-4 focus:top-4 focus:z-10 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
      >
        {content.skip}
      </a>
      <Header />
      <main>
        <Hero {...props} />
        <Figures />
        <Benefits />
        <Steps />
        <Voices />
        <Questions />
        <Closing />
      </main>
      <Footer />
    </>
  )
}

function Hero(props: PageProps) {
  const { eyebrow, title, text, picture, figure } = content.hero
  return (
    <div className="mx-auto grid max-w-6xl gap-x-14 gap-y-10 px-4 pb-12 sm:px-6 lg:grid-cols-[1.1fr_1fr] lg:items-center lg:pb-16">
      <div>
        <p className="inline-block rounded-full bg-brand-tint px-3 py-1 text-sm font-semibold text-brand">
          {eyebrow}
        </p>
        <h1 className="mt-3 text-3xl font-extrabold leading-tight tracking-tight sm:text-5xl">{title}</h1>
        <p className="mt-3 max-w-xl text-soft sm:text-lg">{text}</p>
        <div id="estimate" className="mt-6 rounded-3xl border border-line bg-surface p-5 shadow-card sm:p-7">
          <LeadForm {...props} />
        </div>
      </div>
      <div className="relative">
        <PictureView
          picture={picture}
          first
          className="aspect-4/3 h-auto w-full rounded-3xl object-cover object-bottom lg:aspect-auto"
        />
        <div className="absolute inset-x-4 bottom-4 rounded-2xl bg-surface/95 p-4 shadow-card sm:inset-x-auto sm:left-6 sm:bottom-6 sm:w-72">
          <p className="text-sm text-soft">{figure.label}</p>
          <dl className="mt-2 flex gap-8">
            {[figure.before, figure.after].map(({ label, value }, index) => (
              <div key={label}>
                <dt className="text-sm text-soft">{label}</dt>
                <dd className={`text-2xl font-bold ${index === 1 ? 'text-brand' : ''}`}>
                  {value} <span className="text-sm font-normal text-soft">{figure.unit}</span>
                </dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
    </div>
  )
}
