import Play from 'lucide-react/icons/play'
import { useState } from 'react'
import { PictureView } from './picture-view.tsx'

export type FilmProps = Readonly<{
  title: string
  uploaded: string
  play: string
  missing: string
  still: Readonly<{ bundled: string; width: number; height: number; alt: string }>
}>

/**
 * A still with a button, until it is drawn anew as the uploaded film: nothing is fetched before. Without the film, the
 * still stays; where `data-absent` stands above, it is known that there is none. What is not seen is hidden and never taken out, because others may have moved it.
 */
export function Film({
  title,
  uploaded,
  play,
  missing,
  still,
  plays = false,
}: FilmProps & { plays?: boolean }) {
  const [isMissing, setMissing] = useState(false)
  const isPlaying = plays && !isMissing
  return (
    <figure>
      <div className="relative overflow-hidden rounded-3xl border border-line bg-tint">
        {plays && (
          <video
            src={uploaded}
            poster={still.bundled}
            width={still.width}
            height={still.height}
            aria-label={title}
            autoPlay
            controls
            muted
            playsInline
            hidden={!isPlaying}
            onError={() => setMissing(true)}
            className="block h-auto w-full"
          />
        )}
        <div hidden={isPlaying}>
          <PictureView picture={still} className="block h-auto w-full" />
        </div>
        {!plays && (
          <button
            type="button"
            data-plays
            className="on-film absolute inset-0 flex items-end p-4 sm:p-6 in-data-absent:hidden print:hidden"
          >
            <span className="inline-flex min-h-12 items-center gap-2 rounded-full bg-band px-5 font-semibold text-white">
              <Play aria-hidden size={18} fill="currentColor" />
              <span>{play}</span>
            </span>
          </button>
        )}
      </div>
      <figcaption className="mt-3 text-soft in-data-absent:hidden" aria-live="polite">
        {isMissing ? missing : title}
      </figcaption>
    </figure>
  )
}
