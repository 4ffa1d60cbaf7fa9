import type { ReactNode } from 'react'
import { PictureView } from '../../ui/picture-view.tsx'
import type { HeroWords, Picture } from '../content.ts'
import { uploadedAt } from '../origin.ts'

/** The promise: what the page is about, in one look. */
export function Pitch({ eyebrow, title, text }: HeroWords) {
  return (
    <>
      {eyebrow && (
        <p className="inline-block rounded-full bg-brand-tint px-3 py-1 text-xs font-semibold text-brand sm:text-sm">
          {eyebrow}
        </p>
      )}
      <h1 className="mt-3 text-3xl leading-tight font-extrabold tracking-tight whitespace-pre-line sm:text-5xl">
        {title}
      </h1>
      <p className="mt-3 max-w-xl text-soft sm:text-lg">{text}</p>
    </>
  )
}

/** The form's place. A picture stands above it where there is room, and after it on a phone. */
export function FormCard({ picture, children }: Readonly<{ picture?: ReactNode; children: ReactNode }>) {
  return (
    <div className="mt-6 overflow-hidden rounded-3xl border border-line bg-surface shadow-card">
      <div className="flex flex-col">
        <div id="estimate" className="p-5 sm:p-7">
          {children}
        </div>
        {picture && <div className="lg:order-first">{picture}</div>}
      </div>
    </div>
  )
}

/** The largest picture of the first view. */
export function HeroPicture({ picture, className }: Readonly<{ picture: Picture; className: string }>) {
  const uploaded = picture.uploaded && uploadedAt(picture.uploaded)
  return <PictureView picture={{ ...picture, uploaded }} first className={className} />
}
