const unknownIssuer =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_UNTRUSTED)$/

// By the code of an error, or by what the server says where it gives none.
const clauses: readonly (readonly [found: RegExp, clause: string])[] = [
  [
    unknownIssuer,
    'its certificate comes from an authority that is not known here: name the file of that authority in NODE_EXTRA_CA_CERTS (for Postgres also as sslrootcert= in its address)',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for another name than its address has: write the address with a name that the certificate holds',
  ],
  [
    /^ENOENT: .* open '.*\.(?:pem|crt|cer|key)'$/,
    'a file of certificates that its address names is not there: see sslrootcert=, sslcert= and sslkey=',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired: renew it'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: look at the clocks of both machines'],
  [/certificate[ _]required|valid client certificate/i, 'it wants a certificate of ours as well'],
  [
    /does not support SSL connections/,
    'it speaks no TLS: turn that on there, or leave sslmode= out of its address',
  ],
  [/no encryption$|SSL off$/, 'it lets nobody in without TLS: add ?sslmode=verify-full to its address'],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, 'it speaks no TLS: turn that on there, or write redis:// for rediss://'],
  [
    /^(?:28\w{3}|3D000|WRONGPASS\b.*|NOAUTH\b.*)$/,
    'it does not let us in: see user, password and database of its address',
  ],
  [
    /^unsupported startup parameter/,
    'a pooler in between refuses what its address asks for behind the question mark: leave that out, or name it in ignore_startup_parameters of the pooler',
  ],
  [
    /^NOPERM\b/,
    'its user lacks that right: give it what docker/redis-start gives, or look with `bun run doctor`',
  ],
]

/**
 * What is wrong with the way to a store, and what to do, as a clause that names no address; undefined where waiting, or
 * starting it, is all that helps.
 */
export function connectionFault(error: unknown): string | undefined {
  for (const each of causesOf(error)) {
    const { code, message } = each
    const found = clauses.find(([pattern]) =>
      [code, message].some((text) => typeof text === 'string' && pattern.test(text)),
    )
    if (found) return found[1]
  }
  return undefined
}

type Cause = Readonly<{
  code?: unknown
  message?: unknown
  cause?: unknown
  previousErrors?: readonly unknown[]
}>

/** What lies beneath comes first: Redis calls a transaction aborted whatever it refused of it. */
function causesOf(error: unknown, depth = 0): Cause[] {
  if (typeof error !== 'object' || error === null || depth > 4) return []
  const { previousErrors = [], cause } = error as Cause
  return [...[...previousErrors, cause].flatMap((each) => causesOf(each, depth + 1)), error as Cause]
}
