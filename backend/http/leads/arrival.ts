import type { Submission } from '../../leads/submission.ts'
import type { Asked } from '../problems.ts'
import type { ClientAddress, Peer } from '../request/client-ip.ts'

export type BodyKind = 'json' | 'form'

/** One request to submit, with what every step of its way needs to know of it. */
export type Arrival = Asked & {
  startedAtMs: number
  origin: string | null
  address: string
  /** Undefined: a content type that submissions do not come in. */
  bodyKind: BodyKind | undefined
  /** A browser sent this form itself, without our script, and shows the answer to its visitor. */
  wantsPage: boolean
  /** Once the body has been read: of a form, all that it holds, and what passes every rule. */
  form?: Readonly<Record<string, unknown>>
  submission?: Submission
}

export type ArrivalDeps = Readonly<{ clientAddress: ClientAddress }>

/** What the headers of a request to submit say. */
export function arrivalOf(deps: ArrivalDeps, request: Request, peer: Peer): Arrival {
  const { headers } = request
  const bodyKind = bodyKindOf(headers.get('content-type') ?? '')
  return {
    startedAtMs: performance.now(),
    request,
    server: peer,
    origin: headers.get('origin'),
    address: deps.clientAddress(request, peer),
    bodyKind,
    wantsPage: bodyKind === 'form' && (headers.get('accept') ?? '').includes('text/html'),
  }
}

const kindOfMediaType = new Map<string, BodyKind>([
  ['application/json', 'json'],
  ['application/x-www-form-urlencoded', 'form'],
])

function bodyKindOf(contentType: string): BodyKind | undefined {
  return (
    kindOfMediaType.get(contentType) ??
    kindOfMediaType.get(contentType.split(';', 1)[0]!.trim().toLowerCase())
  )
}
