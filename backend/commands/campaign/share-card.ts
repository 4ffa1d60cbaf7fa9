import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { View } from '../../../frontend/landing/view.ts'
import { mediaTypeOf } from '../../media/type.ts'
import { shareWords } from './drawings.ts'

/** The size that those who show shared pages ask for. */
export const shareSize = { width: 1200, height: 630 }

const fontPath = join(import.meta.dir, '../../../frontend/fonts/vazirmatn.woff2')

/** The picture that is shown where the page is shared, as a page of that size. */
export function shareCard(view: View, icon: Uint8Array): string {
  const { content, words, campaign } = view
  const { title, text, picture } = shareWords(view)
  const { page, ink, 'brand-tint': tint, brand } = campaign.colours.light
  const isArabic = words.script === 'Arab'
  const columns = picture ? '1fr 470px' : '1fr'
  return `<!doctype html>
<html lang="${content.locale}" dir="${words.dir}">
<meta charset="utf-8">
<style>
@font-face { font-family: Vazirmatn; src: url("${dataAddress(readFileSync(fontPath), 'font/woff2')}"); font-weight: 400 800; unicode-range: U+0600-06FF, U+200C-200F }
* { box-sizing: border-box; margin: 0 }
body { width: ${shareSize.width}px; height: ${shareSize.height}px; display: grid; grid-template-columns: ${columns}; overflow: hidden; background: ${page}; color: ${ink}; font-family: Vazirmatn, system-ui, "Noto Sans", sans-serif }
main { display: flex; flex-direction: column; padding: 60px 56px; min-width: 0 }
.brand { display: flex; align-items: center; gap: 18px; font-weight: 700; font-size: 34px }
.brand img { width: 64px; height: 64px }
h1 { margin-block: auto; font-size: ${titleSize(title)}px; font-weight: 800; line-height: ${isArabic ? 1.5 : 1.18}; text-wrap: balance; white-space: pre-line }
.text { align-self: start; padding: 12px 28px; border-radius: 24px; background: ${tint}; color: ${brand}; font-size: 28px; font-weight: 700 }
.picture { width: 470px; height: ${shareSize.height}px; object-fit: cover; object-position: 50% 80% }
</style>
<main>
<p class="brand"><img src="${dataAddress(icon, 'image/svg+xml')}" alt="">${escaped(words.brand)}</p>
<h1>${escaped(title)}</h1>
<p class="text">${escaped(text)}</p>
</main>
${picture ? `<img class="picture" src="${dataAddress(readFileSync(picture.bundled), typeOf(picture.bundled))}" alt="">` : ''}
</html>`
}

function titleSize(title: string): number {
  if (title.length <= 40) return 66
  return title.length <= 70 ? 54 : 44
}

/** @throws Error for a picture of a kind that browsers do not show. */
function typeOf(path: string): string {
  const type = mediaTypeOf(path)
  if (!type?.startsWith('image/')) throw new Error(`${path} ends in ${extname(path)}, which is no picture`)
  return type.split(';')[0]!
}

export function dataAddress(bytes: Uint8Array, type: string): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
