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

/** A still that becomes an uploaded film when asked: nothing is fetched before. Without the film, the still stays. */
export function Film({ title, uploaded, play, missing, still }: FilmProps) {
  const [view, setView] = useState<'still' | 'playing' | 'missing'>('still')
  return (
    <figure>
      <div className="relative overflow-hidden rounded-3xl border border-line bg-tint">
        {view === 'playing' ? (
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
            onError={() => setView('missing')}
            className="block h-auto w-full"
          />
        ) : (
          <PictureView picture={still} className="block h-auto w-full" />
        )}
        {view === 'still' && (
          <button
            type="button"
            onClick={() => setView('playing')}
            className="absolute inset-0 flex items-end p-4 sm:p-6"
          >
            <span className="inline-flex min-h-12 items-center gap-2 rounded-full bg-band px-5 font-semibold text-white">
              <Play aria-hidden size={18} fill="currentColor" />
              {play}
            </span>
          </button>
        )}
      </div>
      <figcaption className="mt-3 text-soft" aria-live="polite">
        {view === 'missing' ? missing : title}
      </figcaption>
    </figure>
  )
}
