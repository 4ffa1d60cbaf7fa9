/** Puts the bundled picture in place of an uploaded one that cannot be loaded, also if that was before this ran. */
export function watchPictures(): void {
  for (const image of document.querySelectorAll<HTMLImageElement>('img[data-bundled]')) {
    const { bundled, bundledDark } = image.dataset
    const fallBack = () => {
      if (bundledDark) {
        const dark = document.createElement('source')
        dark.srcset = bundledDark
        dark.media = '(prefers-color-scheme: dark)'
        image.before(dark)
      }
      image.src = bundled!
    }
    if (image.complete && image.naturalWidth === 0) fallBack()
    else image.addEventListener('error', fallBack, { once: true })
  }
}
