import { useEffect, useRef, useState } from 'react'

type PictureViewProps = Readonly<{
  picture: Readonly<{
    bundled: string
    bundledDark?: string
    uploaded?: string
    width: number
    height: number
    alt: string
  }>
  className?: string
  /** The largest picture of the first view is fetched first; every other waits until it is near. */
  first?: boolean
}>

/** Shows the uploaded picture, and the bundled one where there is none or it cannot be loaded. */
export function PictureView({ picture, className, first = false }: PictureViewProps) {
  const [missing, setMissing] = useState(false)
  const image = useRef<HTMLImageElement>(null)
  useEffect(() => {
    // A prerendered picture may have failed before there was anyone to hear of it.
    if (image.current?.complete && image.current.naturalWidth === 0) setMissing(true)
  }, [])
  const uploaded = missing ? undefined : picture.uploaded
  return (
    <picture>
      {!uploaded && picture.bundledDark && (
        <source srcSet={picture.bundledDark} media="(prefers-color-scheme: dark)" />
      )}
      <img
        ref={image}
        src={uploaded ?? picture.bundled}
        alt={picture.alt}
        width={picture.width}
        height={picture.height}
        loading={first ? 'eager' : 'lazy'}
        decoding="async"
        onError={() => setMissing(true)}
        className={className}
      />
    </picture>
  )
}
