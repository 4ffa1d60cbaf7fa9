import type { Config } from '../config.ts'
import { isLoopback } from '../weak-settings.ts'

/** One of the controls of docs/security.md. `lacks` says what settings leave of it undone; absent: they cannot. */
export type Control = Readonly<{ asks: string; lacks?(config: Config): string | undefined }>

const where = (does: boolean, says: string) => (does ? says : undefined)
const isPlain = (url: string | undefined, safe: RegExp) => {
  const given = url === undefined ? undefined : URL.parse(url)
  return given !== undefined && given !== null && !isLoopback(given.hostname) && !safe.test(url!)
}

/** In the order and the words of docs/security.md. */
export const controls: readonly Control[] = [
  { asks: 'production starts with no missing, sample or short secret' },
  {
    asks: "the client's address is what our proxies saw",
    lacks: ({ trustedProxies, listenAddress }) =>
      where(
        trustedProxies.length === 0 && !isLoopback(listenAddress || '0.0.0.0'),
        'TRUSTED_PROXIES is empty: behind a proxy all visitors are one client',
      ),
  },
  { asks: 'only nginx is reached from outside, in compose and on Kubernetes' },
  {
    asks: 'limits by client, /64, /48 and at nginx, with `Retry-After`',
    lacks: ({ rateLimit }) => where(rateLimit.perMinute === 0, 'RATE_LIMIT_RPM is 0: nginx alone limits'),
  },
  { asks: 'bodies are small, by type, and parsed within limits' },
  { asks: 'slow senders are cut, and nobody waits for them' },
  {
    asks: 'nothing is read differently by nginx and the API',
    lacks: ({ allowedHosts }) =>
      where(allowedHosts.length === 0, 'ALLOWED_HOSTS is empty: every Host name is answered'),
  },
  {
    asks: 'security headers on every answer, errors among them; no inline code',
    lacks: ({ scriptSources }) =>
      where(scriptSources.length > 0, 'CSP_SCRIPT_SOURCES lets scripts of other origins run on the page'),
  },
  {
    asks: 'other origins read nothing but those that are listed',
    lacks: ({ corsOrigins }) =>
      where(
        corsOrigins.some((origin) => origin.startsWith('http:')),
        'CORS_ORIGINS has one over http, which anybody on its way can be',
      ),
  },
  { asks: 'a proof of work under attack, marks of robots always' },
  { asks: 'argon2id, and only so many at a time' },
  {
    asks: 'sessions are opaque, hashed, of one host, and end',
    lacks: ({ publicUrl }) =>
      where(
        publicUrl.startsWith('http:'),
        'PUBLIC_URL is http: cookies are not Secure, nor of this host alone',
      ),
  },
  { asks: 'changes come from our own pages' },
  {
    asks: 'guessing waits, by account and client; nobody is locked out',
    lacks: ({ secondFactor }) =>
      where(secondFactor === 'optional', 'ADMIN_SECOND_FACTOR is optional: a password alone may let in'),
  },
  { asks: 'one right for each route, denied by default' },
  { asks: 'what clients send is bound, never put into a statement' },
  { asks: 'a line of the log stays one' },
  { asks: 'a phone stands in `leads` and nowhere else' },
  { asks: 'who is erased is gone everywhere, and may come again' },
  {
    asks: 'users of the stores that may do what they need',
    lacks: (config) =>
      where(
        config.databaseUrl === config.migrateDatabaseUrl,
        'MIGRATE_DATABASE_URL is that of the API: unless others have settings of their own, it comes as the owner of the tables',
      ) ??
      where(
        isPlain(config.databaseUrl, /[?&]sslmode=(?:require|verify-ca|verify-full)/) ||
          isPlain(config.redisUrl, /^rediss:/),
        'a store on another host is reached without TLS',
      ),
  },
  { asks: 'figures are shown to nobody outside' },
  { asks: 'containers without root, rights or a disk to write to, in compose and on Kubernetes' },
  { asks: 'no cell of an export is computed' },
  { asks: 'exports are streamed, fetched once, and written down' },
  {
    asks: 'deliveries reach public addresses alone, checked as they are dialled',
    lacks: ({ deliveryAllow }) =>
      where(deliveryAllow.length > 0, 'DELIVERY_ALLOW names hosts of your own that deliveries may reach'),
  },
  { asks: 'failures say what to do, and nothing of the inside' },
  { asks: "an Idempotency-Key is bounded, hashed, and tells nothing of another's lead" },
  {
    asks: 'whether a number is a lead can be kept from who tries it',
    lacks: ({ duplicateSignal }) =>
      where(
        duplicateSignal,
        'PUBLIC_DUPLICATE_SIGNAL is on: whoever sends a number is told whether it is a lead',
      ),
  },
  { asks: 'packages are frozen, few, known, and checked' },
  {
    asks: 'TLS 1.2 and later, no version told, plain HTTP sent on',
    lacks: ({ publicUrl }) =>
      where(publicUrl.startsWith('http:'), 'PUBLIC_URL is http: what visitors type can be read'),
  },
]
