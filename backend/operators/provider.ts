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
