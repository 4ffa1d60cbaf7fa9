import type { HeroProps } from '../campaign.ts'
import { FormCard, HeroPicture } from './form-card.tsx'
import { Pitch } from './pitch.tsx'

/** The promise in large type and the form beside it, for a campaign whose words are enough; any picture lies below. */
export function WithFormBeside({ words, content, form }: HeroProps) {
  const picture = words.picture ?? content.picture
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-1 items-start gap-x-14 gap-y-4 px-[16px] pb-12 sm:gap-y-6 sm:px-6 lg:grid-cols-2 lg:py-10">
      <div className="lg:pt-16">
        <Pitch {...words} />
      </div>
      <FormCard person={content.person}>{form}</FormCard>
      {picture && (
        <div className="lg:col-span-2">
          <HeroPicture
            picture={picture}
            className="aspect-4/3 h-auto w-full rounded-3xl object-cover sm:aspect-2/1 lg:aspect-3/1"
          />
        </div>
      )}
    </div>
  )
}
