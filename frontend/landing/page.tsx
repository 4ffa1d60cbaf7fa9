import type { Content } from '../campaign/content/content.ts'
import type { Variants } from '../campaign/experiments.ts'
import { heroes } from '../campaign/hero.tsx'
import { LeadForm } from './form/lead-form.tsx'
import { PostedAnswer } from './form/posted-answer.tsx'
import { Island } from './island.tsx'
import type { IslandProps } from './island-props.ts'
import { Benefits, Closing, Figures, Footer, Header, Questions, Steps, Voices } from './parts.tsx'

export type PageProps = Readonly<{ content: Content; variants: Variants; islands: IslandProps }>

/** The whole landing page, top to bottom. */
export function Page({ content, variants, islands }: PageProps) {
  const form = islands['lead-form']
  const part = { content, language: form.language }
  const Hero = heroes[variants.hero]
  return (
    <>
      <a
        href="#estimate"
        className="sr-only focus:not-sr-only focus:absolute focus:start-4 focus:top-4 focus:z-10 focus:rounded-lg focus:bg-surface focus:px-4 focus:py-2"
      >
        {content.skip}
      </a>
      <Header {...part} />
      <main>
        <Hero
          words={content.hero[variants.hero]}
          house={content.house}
          bill={content.bill}
          form={
            <>
              <PostedAnswer words={form.words} />
              <Island name="lead-form">
                <LeadForm {...form} />
              </Island>
            </>
          }
        />
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
