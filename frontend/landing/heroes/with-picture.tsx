import type { HeroProps } from '../campaign.ts'
import { Amount } from './amount.tsx'
import { FormCard, HeroPicture, Pitch } from './pitch.tsx'

/** The form under its promise, and a tall picture beside both; what is compared lies on the picture. */
export function WithPicture({ words, content, form }: HeroProps) {
  const picture = words.picture ?? content.picture
  const { comparison } = content
  return (
    <div className="mx-auto grid max-w-6xl gap-x-14 gap-y-10 px-4 pb-12 sm:px-6 lg:grid-cols-[1.1fr_1fr] lg:pb-16">
      <div>
        <Pitch {...words} />
        <FormCard>{form}</FormCard>
      </div>
      {picture && (
        <div className="relative self-start">
          <HeroPicture
            picture={picture}
            className="aspect-4/5 h-auto w-full rounded-3xl object-cover object-bottom"
          />
          {comparison && (
            <div className="absolute inset-x-4 bottom-4 rounded-2xl bg-surface px-5 py-3.5 shadow-card sm:inset-x-6 sm:bottom-6">
              <p className="text-sm font-semibold">{comparison.label}</p>
              <dl className="mt-1 flex justify-between gap-4">
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
