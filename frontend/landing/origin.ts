/** Where the API is, without a trailing slash: empty where it shares the page's origin. */
export const apiOrigin: string = (import.meta.env.VITE_API_BASE_URL ?? '').replace(/\/$/, '')

/** Where the form goes without JavaScript. */
export const formAction = `${apiOrigin}/api/leads`

/** Where an uploaded picture or film is, given its path such as /media/hero.jpg: the API serves it. */
export const uploadedAt = (path: string): string => `${apiOrigin}${path}`
