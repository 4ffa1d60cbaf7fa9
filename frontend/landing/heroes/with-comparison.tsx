import type { HeroProps } from '../campaign.ts'
import { Amount } from './amount.tsx'
import { FormCard, HeroPicture } from './form-card.tsx'
import { Pitch } from './pitch.tsx'

/**
 * The two amounts that the page is about, and the form beside them; on a phone the form comes before their bars. A page arrives
 * in pieces: where one stands does not depend on those that come after it.
 */
export function WithComparison({ words, content, form }: HeroProps) {
  const picture = words.picture ?? content.picture
  const { comparison } = content
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-1 gap-x-14 gap-y-4 px-[16px] pb-12 sm:gap-y-6 sm:px-6 lg:grid-cols-2 lg:grid-rows-[auto_1fr] lg:pb-16">
      <div className="lg:pt-16">
        <Pitch {...words} />
      </div>
      <div className="lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:self-start">
        <FormCard
          person={content.person}
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
      {comparison && (
        <figure>
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
          {comparison.gain && <p className="mt-3 text-lg font-semibold text-brand">{comparison.gain}</p>}
        </figure>
      )}
    </div>
  )
}
