import type { Message } from './message.ts'

/** What is sent to a receiver. */
export type OutboundRequest = Readonly<{
  /** Absent: POST. */
  method?: 'PUT'
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  /** Of a mail: the same as its body, for those whose mail shows it. */
  html?: string
}>

/** What a receiver said: `status` 0 where it said nothing, and then why. */
export type Answer = Readonly<{
  status: number
  because?: string
  retryAfter?: string
  /** Where it would send us on; nobody goes there. */
  location?: string
  /** The beginning of its body. */
  body: string
}>

/**
 * What an attempt came to. `isTheirs`: the receiver is away or has too much to do, so that others are better left for later,
 * too. `gone`: it wants nothing any more.
 */
export type Outcome =
  | Readonly<{ kind: 'delivered' }>
  | Readonly<{
      kind: 'failed'
      because: string
      isTheirs: boolean
      retryAfterMs?: number
      /** What of the target's own settings is another from now on. */
      changed?: Readonly<Record<string, string>>
    }>
  | Readonly<{ kind: 'gone'; because: string }>

/** What an endpoint needs to be reached. It is kept sealed. */
export type EndpointSettings = Readonly<{
  url: string
  /** The newest first; those that are being given up sign until `until`. */
  secrets: readonly Readonly<{ secret: string; until?: string }>[]
  headers: Readonly<Record<string, string>>
  thin: boolean
  /** What its target asks for beside the address, by name. */
  own: Readonly<Record<string, string>>
}>

/** What a target asks for beside the address, such as in which chat to write. */
export type TargetOption = Readonly<{
  /** As operators write it: `--chat`, and `chat` in the API. */
  name: string
  /** What it is, in a few words. */
  about: string
  isRequired: boolean
  isFit(text: string): boolean
  /** What it has to look like, after "must be". */
  must: string
}>

/** What the addresses of a target look like. */
export type TargetAddress = Readonly<{
  /** Where none is given. */
  usual?: string
  /** Whether an address is surely one of its own, so that the kind need not be said. */
  isOwn?(url: URL): boolean
  isFit(url: URL): boolean
  /** What it has to look like, in a sentence. */
  must: string
}>

/** A kind of receiver: how messages are put to it, and what its answers mean. */
export interface Target {
  /** Whether the receiver knows us by a secret of the endpoint. */
  readonly hasSecret: boolean
  /** False: it takes no headers of one's own. */
  readonly takesHeaders?: false
  readonly options?: readonly TargetOption[]
  readonly address?: TargetAddress
  /** How many messages one request may hold; absent: one. What waits when it is sent goes with it, and nobody waits for more. */
  requestMax?(settings: EndpointSettings): number
  /** How many of these, the first ones, one request has room for: one at least. The others go with another. Absent: all. */
  fits?(messages: readonly Message[], settings: EndpointSettings): number
  /** What lies between two requests at least, of all workers together; absent: nothing. What comes sooner goes in one. */
  pauseMs?(settings: EndpointSettings): number
  /** One message at least, and no more than `requestMax`. */
  request(messages: readonly Message[], settings: EndpointSettings, nowMs: number): OutboundRequest
  /** What the answer means for each message of the request. */
  judge(answer: Answer, nowMs: number): Outcome
}
