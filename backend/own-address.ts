import type { Config } from './config.ts'

/** The host of an address at which this machine reaches its own API and worker. */
export function ownHost({ listenAddress }: Pick<Config, 'listenAddress'>): string {
  if (listenAddress === '' || listenAddress === '0.0.0.0') return '127.0.0.1'
  if (listenAddress === '::') return '[::1]'
  return listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress
}

/** Whether only this machine can reach what listens there. */
export function isLoopback(listenAddress: string): boolean {
  return listenAddress === '::1' || listenAddress.startsWith('127.')
}

const ownHosts = ['localhost', '127.0.0.1', '::1']

/**
 * Has whoever lives in an environment go to this machine itself without the proxy that it may name for everything
 * else: there this machine would not be found. `more` are other hosts to which there must be no detour.
 */
export function reachOwnDirectly(env: Record<string, string | undefined>, ...more: readonly string[]): void {
  const listed = `${env.NO_PROXY ?? ''},${env.no_proxy ?? ''}`.split(',').map((host) => host.trim())
  const all = [...new Set([...listed.filter(Boolean), ...ownHosts, ...more])].join(',')
  // Of the two spellings some read the one, some the other, and some only the first they find.
  env.NO_PROXY = all
  env.no_proxy = all
}
