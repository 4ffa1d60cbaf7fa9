import { readConfig } from '../backend/config.ts'
import { ownHost, reachOwnDirectly } from '../backend/own-address.ts'

/** Exits 0 when the process in this container answers 200. Usage: bun docker/probe.ts [api|worker] [/livez] */
async function main([role, path = '/livez']: readonly string[]): Promise<number> {
  const config = readConfig(process.env)
  const { port, workerPort } = config
  reachOwnDirectly(process.env, ownHost(config))
  const ports = role === 'api' ? [port] : role === 'worker' ? [workerPort] : [port, workerPort]
  const answers = await Promise.all(ports.map((each) => ask(`http://${ownHost(config)}:${each}${path}`)))
  if (answers.includes('200')) return 0
  console.error(`${path}: ${answers.join(', ')}`)
  return 1
}

async function ask(url: string): Promise<string> {
  try {
    return String((await fetch(url, { signal: AbortSignal.timeout(3_000) })).status)
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message
  }
}

process.exit(await main(Bun.argv.slice(2)))
