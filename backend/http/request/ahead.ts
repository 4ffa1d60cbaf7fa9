// The last two of Firefox and Safari of some years ago, and of apps that show pages.
const purposeHeaders = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'] as const
const ahead = /\b(?:prefetch|prerender|preview)\b/i

/** Whether a browser asks before its visitor does, who may never look at the answer. */
export function isAskedAhead({ headers }: Request): boolean {
  return purposeHeaders.some((name) => ahead.test(headers.get(name) ?? ''))
}

/**
 * Whether somebody is about to see what is answered. A program that only asks whether something is there is no visitor,
 * nor is a page elsewhere that would have it as a picture, a frame or a text.
 */
export function isVisit(request: Request): boolean {
  const destination = request.headers.get('sec-fetch-dest') ?? 'document'
  return request.method !== 'HEAD' && destination === 'document' && !isAskedAhead(request)
}
