/** Where the API is, without a trailing slash: empty where it shares the page's origin. */
export const apiOrigin: string = (import.meta.env.VITE_API_BASE_URL ?? '').replace(/\/$/, '')
