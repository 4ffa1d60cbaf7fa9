import type { Exposure } from '../../page/ports.ts'

/** A visitor who was just given variants, as their request tells of them. */
export function exposureOf(request: Request, visitorId: string, variants: Exposure['variants']): Exposure {
  return {
    visitorId,
    variants,
    url: request.url,
    referrer: request.headers.get('referer') ?? '',
    userAgent: request.headers.get('user-agent') ?? '',
  }
}
