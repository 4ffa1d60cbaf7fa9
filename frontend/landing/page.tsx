import { CallBar } from './call-bar.tsx'
import { LeadForm } from './form/lead-form.tsx'
import { PostedAnswer } from './form/posted-answer.tsx'
import { Header } from './header.tsx'
import { Island } from './island.tsx'
import type { IslandProps } from './island-props.ts'
import { Benefits, Closing, Figures, Footer, Proofs, Questions, Steps, Voices } from './parts.tsx'
import type { View } from './view.ts'

export type PageProps = Readonly<{ view: View; variant: string; islands: IslandProps }>

/** The whole landing page, top to bottom. */
export function Page({ view, variant, islands }: PageProps) {
  const form = islands['lead-form']
  const { campaign, content, words } = view
  const Hero = campaign.variants[variant]!
  return (
    <>
      <a
        href="#estimate"
        className="sr-only focus:not-sr-only focus:absolute focus:start-4 focus:top-4 focus:z-10 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
      >
        {words.page.skip}
      </a>
      <Header {...view} />
      <main>
        <Hero
          words={content.hero[variant]!}
          content={content}
          form={
            <>
              <PostedAnswer words={form.words} call={form.call} />
              <Island name="lead-form">
                <LeadForm {...form} />
              </Island>
            </>
          }
        />
        {content.figures && <Figures figures={content.figures} />}
        {content.proofs && <Proofs {...content.proofs} />}
        {/* Every other of those that are there stands on another ground. */}
        <div className="*:even:bg-tint">
          {content.benefits && <Benefits {...content.benefits} />}
          {content.steps && <Steps {...content.steps} locale={content.locale} film={islands.film} />}
          {content.voices && <Voices {...content.voices} />}
          <Questions {...view} />
        </div>
        {content.closing && <Closing {...content.closing} />}
        <CallBar action={content.closing?.action ?? form.words.submit} />
      </main>
      <Footer {...view} />
    </>
  )
}
