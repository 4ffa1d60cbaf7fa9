import { apiOrigin } from '../api/origin.ts'

/** Where the form goes without JavaScript. */
export const formAction = `${apiOrigin}/api/leads`

/** Where an uploaded picture or film is, given its path such as /media/hero.jpg: the API serves it. */
export const uploadedAt = (path: string): string => `${apiOrigin}${path}`
