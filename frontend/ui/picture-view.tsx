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

/** Shows the uploaded picture, or the bundled one; `picture-fallback.ts` changes to that where the first fails. */
export function PictureView({ picture, className, first = false }: PictureViewProps) {
  const { bundled, bundledDark, uploaded, width, height, alt } = picture
  return (
    <picture>
      {!uploaded && bundledDark && <source srcSet={bundledDark} media="(prefers-color-scheme: dark)" />}
      <img
        src={uploaded ?? bundled}
        data-bundled={uploaded && bundled}
        data-bundled-dark={uploaded && bundledDark}
        alt={alt}
        width={width}
        height={height}
        loading={first ? 'eager' : 'lazy'}
        {...(first && { fetchpriority: 'high' })}
        decoding="async"
        className={className}
      />
    </picture>
  )
}
