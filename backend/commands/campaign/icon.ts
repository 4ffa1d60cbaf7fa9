import type { IconLook } from './drawings.ts'
import { dataAddress } from './share-card.ts'

/**
 * An icon as a page of its size. The ground of those that may have no corners is the colour that the icon has in the
 * middle of its upper edge, or `otherwise` where it has none there.
 */
export function iconPage(icon: Uint8Array, look: IconLook, otherwise: string): string {
  const share = { plain: 1, full: 1, maskable: 0.8 }[look]
  return `<!doctype html>
<style>
html, body { margin: 0; height: 100% }
body { display: grid; place-items: center; background: ${look === 'plain' ? 'transparent' : otherwise} }
img { width: ${share * 100}%; height: ${share * 100}%; object-fit: contain }
</style>
<img src="${dataAddress(icon, 'image/svg+xml')}" alt="">`
}

/** Run in that page: gives it the ground of the icon. */
export async function groundOfIcon(): Promise<void> {
  const image = document.querySelector('img')!
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 512
  const pen = canvas.getContext('2d')!
  pen.drawImage(image, 0, 0, 512, 512)
  const [r, g, b, alpha] = pen.getImageData(256, 8, 1, 1).data
  if (alpha === 255) document.body.style.background = `rgb(${r} ${g} ${b})`
}

/** A PNG as the `.ico` that browsers ask for by itself. */
export function icoOf(png: Uint8Array, sizePx: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(22))
  head.setUint16(2, 1, true)
  head.setUint16(4, 1, true)
  head.setUint8(6, sizePx)
  head.setUint8(7, sizePx)
  head.setUint16(10, 1, true)
  head.setUint16(12, 32, true)
  head.setUint32(14, png.byteLength, true)
  head.setUint32(18, 22, true)
  return Buffer.concat([new Uint8Array(head.buffer), png])
}
