import type { HeroProps } from '../campaign.ts'
import { Amount } from './amount.tsx'
import { FormCard, HeroPicture, Pitch } from './pitch.tsx'

/** The two amounts that the page is about, and the form beside them. */
export function WithComparison({ words, content, form }: HeroProps) {
  const picture = words.picture ?? content.picture
  const { comparison } = content
  return (
    <div className="mx-auto grid max-w-6xl items-center gap-x-14 px-4 pb-12 sm:px-6 lg:grid-cols-2 lg:pb-16">
      <div>
        <Pitch {...words} />
        {comparison && (
          <figure className="mt-5 sm:mt-7">
            <figcaption className="sr-only">{comparison.label}</figcaption>
            <dl className="grid gap-3">
              <Amount {...comparison.before} unit={comparison.unit} share={1} className="text-soft" />
              <Amount
                {...comparison.after}
                unit={comparison.unit}
                share={comparison.after.amount / comparison.before.amount}
                className="text-brand"
              />
            </dl>
            {comparison.gain && (
              <p className="mt-4 inline-block rounded-full bg-accent px-4 py-1 font-semibold text-accent-ink">
                {comparison.gain}
              </p>
            )}
          </figure>
        )}
      </div>
      <FormCard
        picture={
          picture && (
            <HeroPicture
              picture={picture}
              className="aspect-5/2 h-auto w-full object-cover object-[50%_50%]"
            />
          )
        }
      >
        {form}
      </FormCard>
    </div>
  )
}
