/** The id of the element that says the API's answer until the script says it. */
export const postedAnswerId = 'posted'

const cookie = 'lf_posted'

/** The API's cookie as far as this page sees it. */
export type PostedDeps = { cookie: string }

/**
 * Whether the API has just answered a form that this browser posted without the script. It is told once; an address
 * that somebody typed or shared is not believed.
 */
export function takePosted(deps: PostedDeps): boolean {
  const isPosted = deps.cookie.split('; ').includes(`${cookie}=1`)
  if (isPosted) deps.cookie = `${cookie}=; Path=/; Max-Age=0`
  return isPosted
}
