import { mediaTypeOf } from '../../media/type.ts'

const pageTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json; charset=utf-8',
  xml: 'application/xml; charset=utf-8',
}

/** The content type of a file of the page by its name; of an unknown one, plain bytes. */
export function contentTypeOf(name: string): string {
  const ending = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const known = Object.hasOwn(pageTypes, ending) ? pageTypes[ending] : mediaTypeOf(name)
  return known ?? 'application/octet-stream'
}

/** Whether bytes of this type get smaller by compression; pictures, video and fonts are compressed already. */
export function isCompressible(contentType: string): boolean {
  return /^text\/|javascript|json|xml|wasm|x-icon|font\/[ot]tf/.test(contentType)
}
