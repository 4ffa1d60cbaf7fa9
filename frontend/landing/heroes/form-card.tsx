import type { ReactNode } from 'react'
import { PictureView } from '../../ui/picture-view.tsx'
import type { Content, Picture } from '../content.ts'
import { uploadedAt } from '../origin.ts'

type FormCardProps = Readonly<{
  person?: Content['person']
  /** Of 5:2. Above the form where there is room, which is kept for it before it comes, and after it on a phone. */
  picture?: ReactNode
  children: ReactNode
}>

/** The form's place, and who calls. */
export function FormCard({ person, picture, children }: FormCardProps) {
  return (
    <div className="overflow-hidden rounded-3xl border border-line bg-surface shadow-card print:border-0 print:shadow-none">
      <div className={picture ? 'relative lg:pt-[40%]' : ''}>
        <div id="estimate" className="p-[16px] sm:p-7">
          {children}
        </div>
        {person && <Person {...person} />}
        {picture && <div className="lg:absolute lg:inset-x-0 lg:top-0">{picture}</div>}
      </div>
    </div>
  )
}

function Person({ picture, name, text }: NonNullable<Content['person']>) {
  return (
    <div className="flex items-center gap-4 border-t border-line p-4 sm:px-7">
      <PictureView picture={picture} className="size-14 shrink-0 rounded-full object-cover" />
      <p className="text-sm">
        <span className="block font-semibold">{name}</span>
        <span className="text-soft">{text}</span>
      </p>
    </div>
  )
}

/** The largest picture of the first view. */
export function HeroPicture({ picture, className }: Readonly<{ picture: Picture; className: string }>) {
  const uploaded = picture.uploaded && uploadedAt(picture.uploaded)
  return <PictureView picture={{ ...picture, uploaded }} first className={className} />
}
