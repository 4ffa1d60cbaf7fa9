/** The id of the element that says the API's answer until the script says it. */
export const postedAnswerId = 'posted'

// Over HTTPS it is for this host only.
const names = ['__Host-lf_posted', 'lf_posted']

/** The API's cookie as far as this page sees it. */
export type PostedDeps = { cookie: string }

/**
 * Whether the API has just answered a form that this browser posted without the script. It is told once; an address
 * that somebody typed or shared is not believed.
 */
export function takePosted(deps: PostedDeps): boolean {
  const name = names.find((each) => deps.cookie.split('; ').includes(`${each}=1`))
  if (name) deps.cookie = `${name}=; Path=/; Max-Age=0${name.startsWith('__Host-') ? '; Secure' : ''}`
  return name !== undefined
}
