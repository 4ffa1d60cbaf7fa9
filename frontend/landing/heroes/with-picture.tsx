import type { HeroProps } from '../campaign.ts'
import { Amount } from './amount.tsx'
import { FormCard, HeroPicture } from './form-card.tsx'
import { Pitch } from './pitch.tsx'

/**
 * The form under its promise, and a picture beside both, after them on a phone. What is compared lies on the picture.
 */
export function WithPicture({ words, content, form }: HeroProps) {
  const picture = words.picture ?? content.picture
  const { comparison } = content
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-1 gap-x-14 gap-y-8 px-[16px] pb-12 sm:px-6 lg:grid-cols-[1.1fr_1fr] lg:pb-16">
      <div className="grid grid-cols-1 content-start gap-4 sm:gap-6">
        <div>
          <Pitch {...words} />
        </div>
        <FormCard person={content.person}>{form}</FormCard>
      </div>
      {picture && (
        <div className="relative self-start">
          <HeroPicture
            picture={picture}
            className="aspect-4/3 h-auto w-full rounded-3xl object-cover object-[50%_60%] sm:aspect-2/1 lg:aspect-4/5"
          />
          {comparison && (
            <div className="relative mx-4 -mt-8 rounded-2xl bg-surface px-5 py-3 shadow-card sm:mx-6 lg:absolute lg:inset-x-0 lg:bottom-6 lg:min-h-28">
              <p className="text-sm font-semibold">{comparison.label}</p>
              <dl className="mt-1 flex flex-wrap justify-between gap-x-4">
                <Amount {...comparison.before} unit={comparison.unit} />
                <Amount {...comparison.after} unit={comparison.unit} className="text-brand" />
              </dl>
            </div>
          )}
        </div>
      )}
    </div>
  )
}
