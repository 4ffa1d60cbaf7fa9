import type { Account } from './account.ts'
import type { Role } from './rights.ts'

/** What a provider of identities says of somebody who has signed in there. */
export type Identity = Readonly<{
  /** Theirs for good at this provider, whatever their address or name becomes. */
  subject: string
  email?: string
  emailVerified: boolean
  name?: string
  /** The values of the claim that roles are made of. */
  groups: readonly string[]
}>

/** What only the browser that began knows, and the provider's answer has to fit. */
export type Checks = Readonly<{ state: string; nonce: string; verifier: string }>

/** Where people have accounts that let them in here as well (OpenID Connect). */
export interface IdentityProvider {
  readonly issuer: string
  /** The address to send somebody to. `again`: they sign in there once more, also where they still are. */
  begin(checks: Checks, again: boolean): Promise<string>
  /** Who came back with this query. Rejects where it does not fit the checks, or was answered before. */
  finish(query: string, checks: Checks, again: boolean): Promise<Identity>
}

/** A provider as people know it. */
export const providerName = ({ issuer }: Pick<IdentityProvider, 'issuer'>) => new URL(issuer).host

/**
 * Why an account is given no password here, as a sentence, where `provider` is who has it: it would let somebody in whom the
 * provider lets in no more, and without what it asks for.
 */
export const whyNoPassword = ({ hasPassword }: Account, provider: string | undefined) =>
  !hasPassword && provider !== undefined
    ? `They sign in at ${provider}, which has their password: it is reset there.`
    : undefined

/** What a provider can make of somebody: never an owner, who is made by a link alone. */
export type GivenRole = Exclude<Role, 'owner'>
export type RolesByGroup = ReadonlyMap<string, GivenRole>

/** The group that everybody is in whom the provider lets in. */
export const everybody = '*'
const strongestFirst: readonly GivenRole[] = ['manager', 'caller', 'viewer']

/** The strongest role that somebody's groups give them. */
export function roleFor(groups: readonly string[], roles: RolesByGroup): GivenRole | undefined {
  const given = new Set([...groups, everybody].map((group) => roles.get(group)))
  return strongestFirst.find((role) => given.has(role))
}
